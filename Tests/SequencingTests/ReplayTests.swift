import Domain
import EventLog
import Sequencing
import Testing

@Suite struct `The same key` {
    @Test func `in flight waits for the same outcome`() {
        var bench = Bench(done: [.create(1)])
        let first = bench.submit(.best(2, 1))
        let queued = bench.submit(.best(2, 1))
        bench.advance()
        let underWay = bench.submit(.best(2, 1))
        bench.run()
        #expect(bench.log.head == 2)
        #expect(bench.answers[first]?.outcome == .accepted)
        #expect(bench.answers[first]?.isReplayed == false)
        for ticket in [queued, underWay] {
            #expect(bench.answers[ticket]?.recorded == bench.answers[first]?.recorded)
            #expect(bench.answers[ticket]?.isReplayed == true)
        }
    }

    @Test func `is answered from memory when its answer is known`() {
        var bench = Bench(done: [.create(1)])
        let first = bench.submit(.best(2, 1))
        let refused = bench.submit(.hold(3, seats: ["nowhere"]))
        bench.run()
        let head = bench.log.head
        let replay = bench.submit(.best(2, 1))
        let refusedReplay = bench.submit(.hold(3, seats: ["nowhere"]))
        #expect(bench.answers[replay] == bench.answers[first]?.recorded.map { .recorded($0, replayed: true) })
        #expect(bench.answers[refusedReplay] == bench.answers[refused]?.recorded.map { .recorded($0, replayed: true) })
        #expect(bench.log.head == head)
        #expect(bench.machine.isIdle)
    }

    @Test func `is answered from the log when it was recorded by another node`() throws {
        let log = PaperLog()
        var other = Bench(done: [.create(1), .best(2, 1), .hold(3, seats: ["nowhere"])], log: log)
        var bench = Bench(done: [.best(9, ShowID("none"), 1)], log: log)
        let accepted = bench.submit(.best(2, 1))
        let refused = bench.submit(.hold(3, seats: ["nowhere"]))
        let fresh = bench.submit(.best(4, 1))
        bench.run()
        #expect(bench.answers[accepted]?.isReplayed == true)
        #expect(bench.answers[accepted]?.recorded == other.answers[2]?.recorded)
        #expect(bench.answers[refused]?.recorded == other.answers[3]?.recorded)
        #expect(bench.answers[fresh]?.outcome == .accepted)
        #expect(bench.answers[fresh]?.isReplayed == false)
        #expect(log.head == 3)
        // The other way round: the other node has not seen what this one wrote.
        let back = other.submit(.best(4, 1))
        other.run()
        #expect(other.answers[back]?.recorded == bench.answers[fresh]?.recorded)
    }

    /// A node that was started again asks the log: its append has an unknown fate, and what is found was there before.
    @Test(arguments: [true, false])
    func `recorded before the node started is a replay, though its append's fate is unknown`(isAccepted: Bool) throws {
        let request = isAccepted ? CommandRequest.best(2, 1) : .hold(2, seats: ["nowhere"])
        let before = Bench(done: [.create(1), request])
        var bench = Bench(log: before.log, knownLog: before.log.known)
        let ticket = bench.submit(request)
        bench.advance()
        bench.performLoad()
        bench.advance()
        try bench.failAppend(.lost)
        bench.run()
        #expect(bench.answers[ticket]?.recorded == before.answers[2]?.recorded)
        #expect(bench.answers[ticket]?.isReplayed == true)
    }

    @Test(arguments: [true, false])
    func `recorded by the append of unknown fate is no replay`(isAccepted: Bool) throws {
        let request = isAccepted ? CommandRequest.best(2, 1) : .hold(2, seats: ["nowhere"])
        var bench = Bench(done: [.create(1)])
        let first = bench.submit(request)
        bench.advance()
        let second = bench.submit(request)
        try bench.failAppend(.lost, afterWriting: true)
        bench.run()
        #expect(bench.answers[first]?.isReplayed == false)
        #expect(bench.answers[second]?.isReplayed == true)
    }

    @Test func `with another request is refused, in flight, from memory and from the log`() {
        let log = PaperLog()
        var bench = Bench(done: [.create(1)], log: log)
        bench.submit(.hold(2, seats: ["s1"]))
        let inFlight = bench.submit(.hold(2, seats: ["s2"], version: 2))
        #expect(bench.answers[inFlight] == .keyReused)
        bench.run()
        let known = bench.submit(.hold(2, seats: ["s2"], version: 2))
        #expect(bench.answers[known] == .keyReused)
        var other = Bench(log: log)
        let recorded = other.submit(.hold(2, seats: ["s2"], version: 2))
        let innocent = other.submit(.hold(3, seats: ["s2"]))
        other.run()
        #expect(other.answers[recorded] == .keyReused)
        #expect(other.answers[innocent]?.outcome == .accepted)
        #expect(log.head == 3)
    }

    @Test func `works again after it was given up`() throws {
        var bench = Bench(done: [.create(1)])
        let first = bench.submit(.best(2, 1))
        bench.advance()
        try bench.failAppend(.refused)
        for _ in 0..<60 {
            bench.tick()
            if bench.append != nil { try bench.failAppend(.refused) }
        }
        #expect(bench.answers[first] == .notRecorded(.logUnavailable))
        #expect(bench.machine.isIdle)
        // The log is back, and the client tries again with its key; once, though it waited in the queue before.
        let again = bench.submit(.best(2, 1))
        bench.tick(3)
        bench.run()
        #expect(bench.answers[again]?.outcome == .accepted)
        #expect(bench.log.head == 2)
    }

    @Test func `asked again and again while the log is away is decided once`() throws {
        var bench = Bench(done: [.create(1)])
        bench.submit(.best(2, 1))
        bench.advance()
        try bench.failAppend(.lost)
        var tickets: [Int] = []
        // The fate of the first append stays open; more comes in and is given up.
        for round in 0..<10 {
            for number in 10..<20 { tickets.append(bench.submit(.best(number, 1))) }
            bench.failRecovery()
            bench.tick(52)
            #expect(bench.answers[tickets[round * 10]] == .notRecorded(.logUnavailable))
        }
        let last = (10..<20).map { bench.submit(.best($0, 1)) }
        bench.run()
        #expect(bench.log.events.count == 1 + 10)
        for ticket in last { #expect(bench.answers[ticket]?.isReplayed == false) }
        #expect(bench.machine.isIdle)
    }
}
