import Testing

@testable import Sinks

@Suite struct `A rush` {
    /// Looks once a second; `idle` is the idle part of each second, and `events` how many the log has more.
    private func isOn(idle: [Double], events: [Int64], every interval: Duration = .seconds(1)) -> [Bool] {
        var rush = Rush()
        var (time, head) = (ContinuousClock.now, Int64(0))
        var processor = ProcessorTime(idle: 0, all: 0)
        rush.look(at: time, head: head) { processor }
        return zip(idle, events).map { idle, events in
            time += interval
            head += events
            processor.all += 1_000
            processor.idle += UInt64(1_000 * idle)
            rush.look(at: time, head: head) { processor }
            return rush.isOn
        }
    }

    @Test func `begins with two looks that find the machine busy and the log growing fast`() {
        #expect(
            isOn(
                idle: [0, 0.36, 0, 0, 0.34, 0.34, 0.9],
                events: [9_000, 9_000, 9_000, 2_499, 2_500, 2_500, 0])
                == [false, false, false, false, false, true, true])
    }

    @Test func `ends with five looks in a row that find none`() {
        let looks = [true, true] + [false, false, false, false, true] + [false, false, false, false, false]
        #expect(
            isOn(idle: looks.map { $0 ? 0 : 0.5 }, events: looks.map { _ in 5_000 })
                == [false] + Array(repeating: true, count: 10) + [false])
    }

    @Test func `is not seen more often than it looks, nor in figures of long ago`() {
        #expect(
            isOn(idle: [0, 0, 0, 0], events: [900, 900, 900, 900], every: .milliseconds(150))
                == [false, false, false, true])
        #expect(isOn(idle: [0, 0], events: [90_000, 90_000], every: .seconds(5)) == [false, false])
    }

    @Test func `is none where the kernel says nothing`() {
        var rush = Rush()
        let start = ContinuousClock.now
        for second in 0..<3 { rush.look(at: start + .seconds(second), head: Int64(second) * 1_000) { nil } }
        #expect(!rush.isOn)
    }

    @Test func `is read from the sum of all cores`() {
        #expect(
            ProcessorTime("cpu  10 1 5 100 20 3 4 7 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
                == ProcessorTime(idle: 120, all: 150))
        for text in ["", "cpu 1 2 3\n", "intr 1 2 3 4 5 6 7 8 9\n", "cpu a b c d e f g h\n"] {
            #expect(ProcessorTime(text) == nil, "\(text)")
        }
    }
}
