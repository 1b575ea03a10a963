import Domain
import EventLog
import Sequencing
import Testing

@Suite struct `A log that fails` {
    @Test func `definitely is tried again, with what came meanwhile behind`() throws {
        var bench = Bench(done: [.create(1)])
        let first = bench.submit(.best(2, 1))
        bench.advance()
        try bench.failAppend(.refused)
        let second = bench.submit(.best(3, 1))
        bench.advance()
        #expect(bench.append == nil)
        bench.tick(2)
        #expect(bench.append == nil)
        bench.tick()
        #expect(bench.append?.streams.map { $0.commands.map(\.id) } == [[.number(2), .number(3)]])
        bench.run()
        #expect(bench.answers[first]?.outcome == .accepted)
        #expect(bench.answers[second]?.outcome == .accepted)
    }

    @Test func `takes back what was decided`() throws {
        var bench = Bench(done: [.create(1)])
        bench.submit(.hold(2, seats: ["s1"]))
        bench.submit(.hold(3, seats: ["nowhere"]))
        bench.advance()
        let batch = bench.append
        try bench.failAppend(.refused)
        bench.tick(3)
        #expect(bench.append == batch)
    }

    @Test func `for too long is admitted: it was not recorded`() throws {
        var bench = Bench(done: [.create(1)]) { $0.deadlineTicks = 10 }
        let ticket = bench.submit(.best(2, 1))
        bench.advance()
        for tick in 1...11 {
            if bench.append != nil { try bench.failAppend(.refused) }
            #expect(bench.answers[ticket] == nil, "tick \(tick)")
            bench.tick()
        }
        // The last attempt is under way: its fate decides.
        if bench.append != nil {
            #expect(bench.answers[ticket] == .unknown)
            try bench.failAppend(.refused)
        } else {
            #expect(bench.answers[ticket] == .notRecorded(.logUnavailable))
        }
        bench.tick(10)
        #expect(bench.machine.isIdle)
        #expect(bench.append == nil)
        #expect(bench.log.commands[.number(2)] == nil)
    }

    @Test func `without a word is asked what became of it: it happened`() throws {
        var bench = Bench(done: [.create(1)])
        let accepted = bench.submit(.best(2, 2))
        let replay = bench.submit(.best(2, 2))
        let refused = bench.submit(.hold(3, seats: ["nowhere"]))
        bench.advance()
        try bench.failAppend(.lost, afterWriting: true)
        #expect(bench.recovery == [.number(2), .number(3)])
        #expect(bench.answers[accepted] == nil)
        bench.performRecovery()
        #expect(bench.answers[accepted]?.outcome == .accepted)
        #expect(bench.answers[accepted]?.isReplayed == false)
        #expect(bench.answers[replay]?.isReplayed == true)
        #expect(bench.answers[accepted]?.recorded?.events.map(\.position) == [2])
        #expect(bench.answers[refused]?.outcome == .rejected(.unknownSeat("nowhere")))
        bench.run()
        #expect(bench.machine.isIdle)
        // And the state is as of the log: the next append needs no second attempt.
        let appends = bench.appendCount
        let next = bench.submit(.hold(4, seats: ["s1"]))
        bench.run()
        #expect(bench.appendCount == appends + 1)
        #expect(bench.answers[next]?.outcome == .rejected(.seatsUnavailable([.seat("s1", .held)])))
    }

    @Test func `without a word is asked what became of it: it did not happen`() throws {
        var bench = Bench(done: [.create(1)])
        let ticket = bench.submit(.best(2, 2))
        bench.advance()
        try bench.failAppend(.lost)
        bench.performRecovery()
        #expect(bench.answers[ticket] == nil)
        bench.run()
        #expect(bench.answers[ticket]?.outcome == .accepted)
        #expect(bench.log.head == 2)
    }

    @Test func `without a word is asked until it answers; nothing else is appended before`() throws {
        var bench = Bench(done: [.create(1)])
        let open = bench.submit(.best(2, 2))
        bench.advance()
        try bench.failAppend(.lost, afterWriting: true)
        let waiting = bench.submit(.best(3, 2))
        for _ in 0..<5 {
            bench.failRecovery()
            #expect(bench.recovery == nil)
            bench.tick(3)
            #expect(bench.append == nil)
            #expect(bench.recovery == [.number(2)])
        }
        bench.run()
        #expect(bench.answers[open]?.outcome == .accepted)
        #expect(bench.answers[waiting]?.outcome == .accepted)
        #expect(bench.log.head == 3)
    }

    @Test(arguments: [true, false])
    func `without a word for too long leaves it unknown, and the key tells later`(happened: Bool) throws {
        var bench = Bench(done: [.create(1)])
        let ticket = bench.submit(.best(2, 2))
        bench.advance()
        try bench.failAppend(.lost, afterWriting: happened)
        let waiting = bench.submit(.best(3, 1))
        bench.failRecovery()
        bench.tick(51)
        #expect(bench.answers[ticket] == .unknown)
        #expect(bench.answers[waiting] == .notRecorded(.logUnavailable))
        #expect(bench.machine.isIdle, "nobody waits")
        let again = bench.submit(.best(2, 2))
        bench.run()
        #expect(bench.answers[again]?.outcome == .accepted)
        #expect(bench.log.events.count { $0.commandID == .number(2) } == 1)
        // Asked once more, the same.
        let replay = bench.submit(.best(2, 2))
        bench.run()
        #expect(bench.answers[replay]?.recorded == bench.answers[again]?.recorded)
    }

    @Test func `whose open fate nobody waits for any more drops what did not happen`() throws {
        var bench = Bench(done: [.create(1)])
        bench.submit(.best(2, 2))
        bench.advance()
        try bench.failAppend(.lost)
        bench.failRecovery()
        bench.tick(51)
        bench.run()
        #expect(bench.log.head == 1)
        #expect(bench.machine.isIdle)
    }

    /// Behind the barrier the first attempt was not there, but it may still be on its way.
    @Test func `without a word, then definitely, does not make an open fate certain`() throws {
        var bench = Bench(done: [.create(1)])
        let ticket = bench.submit(.best(2, 2))
        bench.advance()
        guard let late = bench.append else {
            Issue.record("no append")
            return
        }
        try bench.failAppend(.lost)
        bench.performRecovery()
        // The retry can't be made: the show's tail can't be read.
        for _ in 0..<52 {
            bench.tick()
            while !bench.loads.isEmpty { bench.failLoad() }
        }
        #expect(bench.answers[ticket] == .unknown)
        // And there it comes.
        _ = try bench.log.append(late)
        let again = bench.submit(.best(2, 2))
        bench.tick(3)
        bench.run()
        #expect(bench.answers[again]?.isReplayed == true)
        #expect(bench.log.head == 2)
    }

    @Test func `moves to another epoch: everything is read again, and goes on`() {
        let log = PaperLog()
        var bench = Bench(done: [.create(1), .hold(2, seats: ["s1"]), .hold(3, seats: ["s2"])], log: log)
        // The hold of s2 is lost with the tail.
        log.raiseEpoch(cuttingAfter: 2)
        let held = bench.submit(.hold(4, seats: ["s1"]))
        let lost = bench.submit(.hold(5, seats: ["s2"]))
        bench.advance()
        bench.performAppend()
        #expect(bench.append == nil)
        bench.advance()
        #expect(bench.loads.map(\.after) == [0])
        bench.run()
        #expect(bench.answers[held]?.outcome == .rejected(.seatsUnavailable([.seat("s1", .held)])))
        #expect(bench.answers[lost]?.outcome == .accepted)
        #expect(bench.answers[lost]?.recorded?.token == LogPosition(epoch: 2, position: 3))
        // The answer that was lost is not given again.
        let replay = bench.submit(.hold(3, seats: ["s2"]))
        bench.run()
        #expect(bench.answers[replay]?.outcome == .rejected(.seatsUnavailable([.seat("s2", .held)])))
    }

    @Test func `moves to another epoch: once that is known, a lost answer is not given again from memory`() {
        let log = PaperLog()
        var bench = Bench(done: [.create(1), .best(2, 1)], log: log)
        log.raiseEpoch(cuttingAfter: 1)
        bench.machine.enter(epoch: 2)
        let replay = bench.submit(.best(2, 1))
        bench.run()
        #expect(bench.answers[replay]?.isReplayed == false)
        #expect(bench.answers[replay]?.recorded?.token == LogPosition(epoch: 2, position: 2))
        #expect(log.head == 2)
    }

    @Test
    func `moves to another epoch: heard of while an append's answer is on its way, that answer is not remembered`() {
        let log = PaperLog()
        var bench = Bench(done: [.create(1)], log: log)
        let lost = bench.submit(.best(2, 1))
        bench.advance()
        bench.executeAppend()
        log.raiseEpoch(cuttingAfter: 1)
        bench.machine.enter(epoch: 2)
        bench.deliverAppend()
        #expect(bench.answers[lost]?.recorded?.token == LogPosition(epoch: 1, position: 2))
        let replay = bench.submit(.best(2, 1))
        bench.run()
        #expect(bench.answers[replay]?.isReplayed == false)
        #expect(bench.answers[replay]?.recorded?.token == LogPosition(epoch: 2, position: 2))
        #expect(log.head == 2)
    }

    @Test func `moves to another epoch: what is just being read is of the old one`() {
        let log = PaperLog()
        _ = Bench(done: [.create(1), .hold(2, seats: ["s1"])], log: log)
        var bench = Bench(done: [.create(3, .second)], log: log)
        let ticket = bench.submit(.hold(4, seats: ["s1"]))
        bench.submit(.best(5, .second, 1))
        bench.advance()
        let stale = log.events(of: .first, after: 0, limit: 100)
        #expect(stale.count == 2)
        // The tail is lost, and another hold takes its place: the same number of events.
        log.raiseEpoch(cuttingAfter: 1)
        _ = Bench(done: [.hold(6, seats: ["s2"])], log: log)
        bench.performAppend()
        bench.advance()
        bench.answerLoad(with: stale)
        bench.run()
        #expect(bench.answers[ticket]?.outcome == .accepted)
        let last = bench.submit(.hold(7, seats: ["s2"]))
        bench.run()
        #expect(bench.answers[last]?.outcome == .rejected(.seatsUnavailable([.seat("s2", .held)])))
    }

    @Test func `is of no use to a driver that has to stop: everybody hears what is known`() throws {
        var bench = Bench(done: [.create(1)])
        let underWay = bench.submit(.best(2, 1))
        bench.advance()
        let queued = bench.submit(.best(3, 1))
        bench.abandon()
        #expect(bench.answers[underWay] == .unknown)
        #expect(bench.answers[queued] == .notRecorded(.shuttingDown))
    }
}
