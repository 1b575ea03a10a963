import Domain
import EventLog
@testable import Sequencing
import Testing

@Suite struct `A limit` {
    @Test func `on waiting commands refuses more, and only more`() {
        var bench = Bench(done: [.create(1, seats: 20)]) { $0.commandsMax = 3 }
        let taken = (2...4).map { bench.submit(.best($0, 1)) }
        let refused = bench.submit(.best(5, 1))
        let same = bench.submit(.best(4, 1))
        #expect(bench.answers[refused] == .notRecorded(.overloaded))
        bench.run()
        #expect((taken + [same]).allSatisfy { bench.answers[$0]?.outcome == .accepted })
        let later = bench.submit(.best(5, 1))
        bench.run()
        #expect(bench.answers[later]?.outcome == .accepted)
    }

    /// The command goes on for the others, so nobody may hear that it did not happen.
    @Test(arguments: [false, true])
    func `on callers of one command leaves the next in doubt`(underWay: Bool) {
        var bench = Bench(done: [.create(1)]) { $0.callersPerCommandMax = 2 }
        bench.submit(.best(2, 1))
        if underWay { bench.advance() }
        bench.submit(.best(2, 1))
        let third = bench.submit(.best(2, 1))
        #expect(bench.answers[third] == .unknown)
        bench.run()
        #expect(bench.log.head == 2)
    }

    @Test func `on waiting is each caller's own`() throws {
        var bench = Bench(done: [.create(1)]) { $0.deadlineTicks = 10 }
        let first = bench.submit(.best(2, 1))
        bench.advance()
        try bench.failAppend(.refused)
        for _ in 0..<9 {
            bench.tick()
            if bench.append != nil { try bench.failAppend(.refused) }
        }
        let second = bench.submit(.best(2, 1))
        for _ in 0..<2 {
            bench.tick()
            if bench.append != nil { try bench.failAppend(.refused) }
        }
        // The second caller still waits, so nobody can say that it will not happen.
        #expect(bench.answers[first] == .unknown)
        #expect(bench.answers[second] == nil)
        bench.tick(3)
        bench.run()
        #expect(bench.answers[second]?.outcome == .accepted)
    }

    @Test func `on shows drops the least recently used, and reads it again when asked`() {
        var bench = Bench { $0.cachedStreamsMax = 2 }
        for (index, show) in ["a", "b", "c"].enumerated() {
            bench.submit(.create(index + 1, ShowID(show)))
            bench.run()
            bench.tick()
        }
        let loads = bench.trace.count { if case .load = $0 { true } else { false } }
        let kept = bench.submit(.best(10, ShowID("c"), 1))
        bench.run()
        #expect(bench.trace.count { if case .load = $0 { true } else { false } } == loads)
        let dropped = bench.submit(.best(11, ShowID("a"), 1))
        bench.run()
        #expect(bench.trace.count { if case .load = $0 { true } else { false } } == loads + 1)
        #expect(bench.answers[kept]?.outcome == .accepted)
        #expect(bench.answers[dropped]?.outcome == .accepted)
    }

    @Test func `on shows never drops what an append is about`() throws {
        var bench = Bench(done: [.create(1), .create(2, .second)]) { $0.cachedStreamsMax = 1 }
        for round in 0..<20 {
            bench.submit(.best(100 + round * 2, .first, 1))
            bench.submit(.best(101 + round * 2, .second, 1))
            bench.advance()
            while !bench.loads.isEmpty { bench.performLoad() }
            bench.advance()
            bench.tick(5)
            if bench.append != nil {
                if round % 3 == 0 {
                    try bench.failAppend(.lost, afterWriting: round % 2 == 0)
                } else {
                    bench.performAppend()
                }
            }
            bench.tick(4)
            bench.run()
        }
        for stream in [StreamID.first, .second] {
            let versions = bench.log.events.filter { $0.stream == stream }.map(\.streamVersion)
            #expect(versions == (1...Int64(versions.count)).map { $0 })
        }
        #expect(bench.machine.isIdle)
    }

    @Test func `on shows holds for shows that could never be read`() {
        var bench = Bench(done: [.create(1)]) {
            $0.cachedStreamsMax = 16
            $0.deadlineTicks = 5
        }
        for round in 0..<100 {
            for index in 0..<10 {
                bench.submit(.best(1_000 + round * 10 + index, ShowID("nowhere-\(round)-\(index)"), 1))
            }
            bench.advance()
            while !bench.loads.isEmpty { bench.failLoad() }
            bench.tick(7)
            while !bench.loads.isEmpty { bench.failLoad() }
        }
        #expect(bench.machine.cachedStreamCount <= 32)
        #expect(bench.machine.queuedCount == 0)
        #expect(bench.machine.isIdle)
    }

    @Test func `on remembered answers sends older replays to the log`() {
        var bench = Bench(done: [.create(1, seats: 40)]) { $0.cachedAnswersMax = 5 }
        let tickets = (2...20).map { bench.submit(.best($0, 1)) }
        bench.run()
        let head = bench.log.head
        let replays = (2...20).map { bench.submit(.best($0, 1)) }
        #expect(replays.count { bench.answers[$0] != nil } == 5)
        bench.run()
        #expect(bench.log.head == head)
        for (ticket, replay) in zip(tickets, replays) {
            #expect(bench.answers[replay]?.recorded == bench.answers[ticket]?.recorded)
            #expect(bench.answers[replay]?.isReplayed == true)
        }
    }

    @Test func `on waiting leaves nothing behind when nobody waits`() throws {
        var bench = Bench(done: [.create(1)]) { $0.deadlineTicks = 5 }
        bench.submit(.best(2, 1))
        bench.advance()
        try bench.failAppend(.lost)
        for round in 0..<200 {
            for index in 0..<20 { bench.submit(.best(1_000 + round * 20 + index, 1)) }
            bench.failRecovery()
            bench.tick(7)
        }
        #expect(bench.machine.queuedCount == 0)
        #expect(bench.machine.isIdle)
    }

    @Test func `reached by many at once is answered in the same order in every run`() {
        var limits = SequencerLimits()
        limits.deadlineTicks = 3
        var machine = SequencerMachine<Int>(limits: limits)
        for number in (1...200).shuffled() { #expect(machine.submit(.best(number, 1), for: number).isEmpty) }
        for _ in 0..<3 { #expect(machine.tick().isEmpty) }
        #expect(machine.tick() == (1...200).map { .answer($0, .notRecorded(.logUnavailable)) })
    }
}
