import Domain
import EventLog
import Sequencing
import Testing

/// A hold's fencing token is the sequence number of the event that granted or last extended it; whoever decides learns it
/// only when that event is in the log, and must know it by whatever way the event got there.
@Suite struct `A fencing token` {
    private static let stale = Outcome.rejected(.staleFencingToken)

    /// A show, and a hold whose event is the fourth.
    private static let done: [CommandRequest] = [
        .create(1), .hold(2, seats: ["s1"]), .hold(3, seats: ["s2"]), .hold(4, seats: ["s3"]),
    ]

    private func outcome(_ request: CommandRequest, _ bench: inout Bench) -> Outcome? {
        let ticket = bench.submit(request)
        bench.run()
        return bench.answers[ticket]?.outcome
    }

    @Test func `is known once its event is in the log`() {
        var bench = Bench(done: Self.done)
        for (number, token) in [(10, 3), (11, 5), (12, 0), (13, 1)] as [(Int, Int64)] {
            #expect(outcome(.start(number, hold: 4, token: token), &bench) == Self.stale)
        }
        #expect(outcome(.start(14, hold: 4, token: 4), &bench) == .accepted)
    }

    @Test func `can't be guessed by a command in the batch of its event`() {
        var bench = Bench(done: [.create(1)])
        bench.submit(.hold(2, seats: ["s1"]))
        let guesses = (0...3).map { bench.submit(.start(10 + $0, hold: 2, token: Int64($0))) }
        bench.run()
        #expect(guesses.allSatisfy { bench.answers[$0]?.outcome == Self.stale })
        #expect(outcome(.start(20, hold: 2, token: 2), &bench) == .accepted)
    }

    @Test func `changes when the purchase extends the hold, and the old one is stale`() {
        var bench = Bench(done: Self.done)
        bench.now = .at(290)
        #expect(outcome(.start(10, hold: 4, token: 4), &bench) == .accepted)
        #expect(outcome(.pay(11, .declined("no"), order: 10), &bench) == .accepted)
        for (number, token) in [(12, 4), (13, 6)] as [(Int, Int64)] {
            #expect(outcome(.start(number, hold: 4, token: token), &bench) == Self.stale)
        }
        // Event 5 extended it, event 6 is the refusal.
        #expect(outcome(.start(14, hold: 4, token: 5), &bench) == .accepted)
    }

    @Test func `stays when the purchase does not extend the hold`() {
        var bench = Bench(done: Self.done)
        #expect(outcome(.start(10, hold: 4, token: 4), &bench) == .accepted)
        #expect(outcome(.pay(11, .declined("no"), order: 10), &bench) == .accepted)
        #expect(outcome(.start(12, hold: 4, token: 4), &bench) == .accepted)
    }

    @Test(arguments: [false, true])
    func `is known to who reads it from the log`(isExtended: Bool) {
        let log = PaperLog()
        var first = Bench(done: Self.done, log: log)
        first.now = .at(isExtended ? 290 : 10)
        _ = outcome(.start(10, hold: 4, token: 4), &first)
        _ = outcome(.pay(11, .declined("no"), order: 10), &first)
        var bench = Bench(done: [.best(99, ShowID("none"), 1)], log: log)
        bench.now = first.now
        // Another show's event is not counted in this stream's versions, but in the sequence numbers.
        #expect(outcome(.start(12, hold: 4, token: isExtended ? 4 : 5), &bench) == Self.stale)
        #expect(outcome(.start(13, hold: 4, token: isExtended ? 5 : 4), &bench) == .accepted)
    }

    @Test func `is a sequence number, not a version of the stream`() {
        var bench = Bench(done: [.create(90, .second), .best(91, .second, 1), .create(1), .best(92, .second, 1)])
        #expect(outcome(.hold(2, seats: ["s1"]), &bench) == .accepted)
        #expect(outcome(.start(10, hold: 2, token: 2), &bench) == Self.stale)
        #expect(outcome(.start(11, hold: 2, token: 5), &bench) == .accepted)
    }

    /// What was decided ahead of the log is taken back: the token that was known before is known again.
    @Test(arguments: ["refused", "lost", "lost after writing"])
    func `is what it was after an append that failed`(how: String) throws {
        var bench = Bench(done: Self.done)
        bench.now = .at(290)
        let extending = bench.submit(.start(10, hold: 4, token: 4))
        let released = bench.submit(.release(11, hold: 3))
        bench.advance()
        switch how {
        case "refused": try bench.failAppend(.refused)
        case "lost": try bench.failAppend(.lost)
        default: try bench.failAppend(.lost, afterWriting: true)
        }
        bench.tick(5)
        bench.run()
        #expect(bench.answers[extending]?.outcome == .accepted)
        #expect(bench.answers[released]?.outcome == .accepted)
        #expect(outcome(.pay(12, .declined("no"), order: 10), &bench) == .accepted)
        #expect(outcome(.start(13, hold: 4, token: 4), &bench) == Self.stale)
        #expect(outcome(.start(14, hold: 4, token: 5), &bench) == .accepted)
    }

    @Test func `of another hold in a failed append is what it was`() throws {
        var bench = Bench(done: Self.done) { $0.deadlineTicks = 5 }
        // Nobody waits long enough for this one: it is given up.
        bench.submit(.release(10, hold: 4))
        bench.advance()
        for _ in 0..<12 {
            if bench.append != nil { try bench.failAppend(.refused) }
            bench.tick()
        }
        if bench.append != nil { try bench.failAppend(.refused) }
        bench.tick(5)
        #expect(bench.log.head == 4)
        #expect(outcome(.start(11, hold: 4, token: 4), &bench) == .accepted)
    }

    @Test func `that another writer gave is known after the conflict`() {
        let log = PaperLog()
        var bench = Bench(done: Self.done, log: log)
        var other = Bench(done: [.best(99, ShowID("none"), 1)], log: log)
        other.now = .at(290)
        bench.now = .at(290)
        _ = outcome(.start(10, hold: 4, token: 4), &other)
        _ = outcome(.pay(11, .declined("no"), order: 10), &other)
        // Decided here on what was known here, refused by the log, and decided anew on what the other wrote.
        #expect(outcome(.start(12, hold: 4, token: 4), &bench) == Self.stale)
        #expect(outcome(.start(13, hold: 4, token: 5), &bench) == .accepted)
    }
}

@Suite struct `A purchase in the queue` {
    @Test func `of a hold that is overdue fails with it, before anything else is decided`() {
        var bench = Bench(done: [.create(1), .hold(2, seats: ["s1"])])
        bench.submit(.start(10, hold: 2, token: 2))
        bench.run()
        bench.now = .at(400)
        let late = bench.submit(.pay(11, .authorized("p"), order: 10))
        let next = bench.submit(.hold(12, seats: ["s1"]))
        bench.run()
        #expect(bench.answers[late]?.recorded?.events.isEmpty == true, "it changes nothing any more")
        #expect(bench.answers[next]?.outcome == .accepted)
        #expect(bench.log.events.map(\.event.type).suffix(3) == ["HoldExpired", "PurchaseFailed", "HoldPlaced"])
    }

    @Test func `of a cancelled show ends with its hold, in appends of bounded size`() {
        var bench = Bench(done: [.create(1, seats: 20)] + (2...13).map { .best($0, 1) }) { $0.deadlinesPerBatchMax = 5 }
        bench.submit(.start(30, hold: 5, token: 5))
        bench.run()
        bench.submit(
            CommandRequest(id: .number(31), principal: "admin", fingerprint: [1], show: .first, command: .cancelShow))
        bench.run()
        let appends = bench.appendCount
        let refused = bench.submit(.best(40, 1))
        bench.run()
        #expect(bench.answers[refused]?.outcome == .rejected(.showCancelled))
        #expect(bench.appendCount - appends >= 3)
        let types = bench.log.events.map(\.event.type)
        #expect(types.count { $0 == "HoldExpired" } == 12)
        #expect(types.count { $0 == "PurchaseFailed" } == 1)
    }
}
