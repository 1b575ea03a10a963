import Testing

@testable import Fanout

@Suite struct BoundTests {
    @Test func `The intake gives back in order what it took`() {
        var intake = Intake(limit: 10, bytesMax: 1000)
        for round in 0..<100 {
            #expect(intake.add([UInt8(round)]) == 0)
            #expect(intake.add([UInt8(round), 1]) == 0)
            #expect(intake.next() == [UInt8(round)])
            #expect(intake.next() == [UInt8(round), 1])
            #expect(intake.next() == nil)
        }
    }

    @Test func `The intake pushes out the oldest beyond its limit`() {
        var intake = Intake(limit: 3, bytesMax: 1000)
        var dropped = 0
        for number in 0..<50 { dropped += intake.add([UInt8(number)]) }
        #expect(dropped == 47)
        #expect(intake.count == 3)
        #expect([intake.next(), intake.next(), intake.next(), intake.next()] == [[47], [48], [49], nil])
    }

    @Test func `The intake pushes out the oldest beyond its bytes, but keeps the newest`() {
        var intake = Intake(limit: 100, bytesMax: 10)
        #expect(intake.add([UInt8](repeating: 1, count: 6)) == 0)
        #expect(intake.add([UInt8](repeating: 2, count: 6)) == 1)
        #expect(intake.add([UInt8](repeating: 3, count: 20)) == 1)
        #expect(intake.count == 1)
        #expect(intake.next()?.count == 20)
        #expect(intake.add([1]) == 0)
    }

    @Test func `The log says one line per interval and how many it held back`() {
        var throttle = LogThrottle(interval: .seconds(1))
        let start = ContinuousClock.now
        #expect(throttle.admit(at: start) == 0)
        for _ in 0..<5 { #expect(throttle.admit(at: start + .milliseconds(999)) == nil) }
        #expect(throttle.admit(at: start + .seconds(1)) == 5)
        #expect(throttle.admit(at: start + .seconds(2)) == 0)
    }
}
