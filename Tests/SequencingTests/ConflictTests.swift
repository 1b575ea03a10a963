import Domain
import EventLog
import Sequencing
import Testing

@Suite struct `Another writer` {
    @Test func `makes this one read the tail and decide anew`() {
        let log = PaperLog()
        var here = Bench(done: [.create(1)], log: log)
        var there = Bench(done: [.hold(2, seats: ["s1"])], log: log)
        let lost = here.submit(.hold(3, seats: ["s1"]))
        let won = here.submit(.hold(4, seats: ["s2"]))
        here.advance()
        #expect(here.append?.streams.map(\.expectedVersion) == [1])
        here.performAppend()
        #expect(here.answers[lost] == nil)
        #expect(here.loads.map(\.after) == [1])
        here.run()
        #expect(here.answers[lost]?.outcome == .rejected(.seatsUnavailable([.seat("s1", .held)])))
        #expect(here.answers[won]?.outcome == .accepted)

        there.submit(.hold(5, seats: ["s3"]))
        there.run()
        #expect(log.events.map(\.streamVersion) == [1, 2, 3, 4])
    }

    @Test func `on one show is no trouble for the others of the batch`() {
        let log = PaperLog()
        var here = Bench(done: [.create(1), .create(2, .second)], log: log)
        _ = Bench(done: [.hold(3, seats: ["s1"])], log: log)
        let held = here.submit(.hold(4, seats: ["s2"]))
        let free = here.submit(.hold(5, .second, seats: ["s1"]))
        here.advance()
        here.performAppend()
        #expect(here.answers[held] == nil)
        #expect(here.answers[free]?.outcome == .accepted)
        #expect(here.published.last?.events.map(\.position) == [4])
        here.run()
        #expect(here.answers[held]?.outcome == .accepted)
    }

    @Test func `that is always faster is given up on`() {
        let log = PaperLog()
        var here = Bench(done: [.create(1, seats: 60)], log: log) { $0.attemptsMax = 5 }
        let ticket = here.submit(.hold(2, seats: ["s60"]))
        var other = Bench(log: log)
        var rounds = 0
        while here.answers[ticket] == nil && rounds < 50 {
            rounds += 1
            here.advance()
            if here.append != nil {
                other.submit(.best(100 + rounds, 1))
                other.run()
                here.performAppend()
            } else if !here.loads.isEmpty {
                here.performLoad()
            }
        }
        #expect(here.answers[ticket] == .notRecorded(.contended))
        #expect(log.commands[.number(2)] == nil)
        #expect(here.machine.isIdle)
        // Nothing is left behind: the next one goes through.
        let next = here.submit(.hold(3, seats: ["s60"]))
        here.run()
        #expect(here.answers[next]?.outcome == .accepted)
    }

    @Test func `keeps the order of what waits`() {
        let log = PaperLog()
        var here = Bench(done: [.create(1, seats: 20)], log: log)
        _ = Bench(done: [.hold(2, seats: ["s20"])], log: log)
        for number in 3...6 { here.submit(.best(number, 1)) }
        here.advance()
        here.submit(.best(7, 1))
        here.performAppend()
        here.run()
        #expect(log.events.map(\.commandID) == [1, 2, 3, 4, 5, 6, 7].map { .number($0) })
    }

    @Test func `that seems to have taken events away makes this one read everything again`() {
        let log = PaperLog()
        var here = Bench(done: [.create(1), .hold(2, seats: ["s1"])], log: log)
        // A restore that forgot to raise the epoch.
        let copy = PaperLog()
        _ = Bench(done: [.create(1)], log: copy)
        here.submit(.hold(3, seats: ["s1"]))
        here.advance()
        guard let batch = here.append, let result = try? copy.append(batch) else {
            Issue.record("no append")
            return
        }
        #expect(result.streams == [.conflict(actualVersion: 1)])
        #expect(here.machine.appended(result) == [.load(.first, after: 0)])
    }
}

@Suite struct `A command that was recorded long ago` {
    /// One user who repeats old keys must not keep everybody else from the show.
    @Test func `holds its neighbours up once, not for ever`() {
        let log = PaperLog()
        let old = 100...160
        _ = Bench(done: [.create(1, seats: 60)] + old.map { .hold($0, seats: ["nowhere"]) }, log: log)
        var bench = Bench(done: [.best(9, ShowID("none"), 1)], log: log)
        var victims: [Int] = []
        var appends = 0
        for (round, replayed) in old.enumerated() where round < 30 {
            // With every append there is another old key beside the newcomers.
            bench.submit(.hold(replayed, seats: ["nowhere"]))
            victims.append(bench.submit(.best(1_000 + round, 1)))
            bench.advance()
            while !bench.loads.isEmpty {
                bench.performLoad()
                bench.advance()
            }
            if bench.append != nil {
                appends += 1
                bench.performAppend()
            }
        }
        let answered = victims.count { bench.answers[$0]?.outcome == .accepted }
        #expect(answered >= appends / 2 - 1, "\(answered) of \(victims.count) answered in \(appends) appends")
        bench.run()
        #expect(victims.allSatisfy { bench.answers[$0]?.outcome == .accepted })
        #expect(bench.machine.isIdle)
    }
}
