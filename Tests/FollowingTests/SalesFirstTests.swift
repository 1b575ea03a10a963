import Testing

@testable import Following

@Suite struct `A rush` {
    /// One look: the idle part of the time before it, and the events of each append in it.
    struct Look {
        var idle: Double
        var appends: [Int]
    }

    private func isOn(_ looks: [Look], every interval: Duration = .seconds(1)) -> [Bool] {
        var rush = Rush()
        var time = ContinuousClock.now
        var processor = ProcessorTime(idle: 0, all: 0)
        rush.look(at: time) { processor }
        return looks.map { look in
            time += interval
            processor.all += 1_000
            processor.idle += UInt64(1_000 * look.idle)
            for events in look.appends { rush.appended(events: events) }
            rush.look(at: time) { processor }
            return rush.isOn
        }
    }

    private static let rush = Look(idle: 0.34, appends: [10, 10, 10])

    @Test(arguments: [
        Look(idle: 0.36, appends: [50, 50, 50]), Look(idle: 0, appends: [10, 10, 9]),
        Look(idle: 0, appends: [500, 500]), Look(idle: 0, appends: []),
    ])
    func `begins with two looks that find the machine busy and commands waiting`(none: Look) {
        #expect(isOn([Self.rush, none, Self.rush, Self.rush]) == [false, false, false, true])
        #expect(isOn([none, none, none]) == [false, false, false])
    }

    @Test func `ends with five looks in a row that find none`() {
        let none = Look(idle: 0.5, appends: [])
        let looks = [Self.rush, Self.rush, none, none, none, none, Self.rush, none, none, none, none, none]
        #expect(isOn(looks) == [false] + Array(repeating: true, count: 10) + [false])
    }

    @Test func `is not seen more often than it looks, nor in figures of long ago`() {
        let looks = Array(repeating: Self.rush, count: 4)
        #expect(isOn(looks, every: .milliseconds(150)) == [false, false, false, true])
        #expect(isOn(looks, every: .seconds(5)) == [false, false, false, false])
    }

    @Test func `is none where the kernel says nothing`() {
        var rush = Rush()
        let start = ContinuousClock.now
        for second in 0..<3 {
            for _ in 0..<3 { rush.appended(events: 100) }
            rush.look(at: start + .seconds(second)) { nil }
        }
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
