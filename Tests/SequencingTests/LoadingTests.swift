import Domain
import EventLog
import Sequencing
import Testing

@Suite struct `A show that is not at hand` {
    private let log = PaperLog()

    init() {
        _ = Bench(done: [.create(1, seats: 60)] + (2...26).map { .best($0, 1) }, log: log)
    }

    @Test func `is read page by page`() {
        var bench = Bench(done: [.best(99, ShowID("none"), 1)], log: log) { $0.loadPageEvents = 10 }
        let ticket = bench.submit(.hold(30, seats: ["s25"]))
        bench.advance()
        var pages: [Int64] = []
        while let load = bench.loads.first {
            pages.append(load.after)
            bench.performLoad(limit: 10)
        }
        #expect(pages == [0, 10, 20])
        bench.run()
        #expect(bench.answers[ticket]?.outcome == .rejected(.seatsUnavailable([.seat("s25", .held)])))
    }

    @Test func `is read to its end when its last page is full`() {
        var bench = Bench(done: [.best(99, ShowID("none"), 1)], log: log) { $0.loadPageEvents = 13 }
        bench.submit(.hold(30, seats: ["s30"]))
        bench.advance()
        var pages: [Int64] = []
        while let load = bench.loads.first {
            pages.append(load.after)
            bench.performLoad(limit: 13)
        }
        #expect(pages == [0, 13, 26])
        bench.run()
        #expect(bench.machine.isIdle)
    }

    @Test func `holds up nobody else, and its commands keep their order`() {
        var bench = Bench(done: [.create(98, .second)], log: log)
        for number in 30...33 { bench.submit(.best(number, 1)) }
        let quick = bench.submit(.best(40, .second, 1))
        bench.advance()
        bench.performAppend()
        #expect(bench.answers[quick]?.outcome == .accepted)
        bench.submit(.best(34, 1))
        bench.run()
        #expect(log.events.suffix(5).map(\.commandID) == (30...34).map { .number($0) })
    }

    @Test func `is read again when reading fails, until the deadline`() {
        var bench = Bench(done: [.best(99, ShowID("none"), 1)], log: log)
        let ticket = bench.submit(.best(30, 1))
        bench.advance()
        bench.failLoad()
        #expect(bench.loads.isEmpty)
        bench.tick(2)
        #expect(bench.loads.isEmpty)
        bench.tick()
        #expect(bench.loads.count == 1)
        bench.failLoad()
        bench.tick(3)
        bench.run()
        #expect(bench.answers[ticket]?.outcome == .accepted)

        let log = self.log
        var dead = Bench(done: [.best(98, ShowID("none"), 1)], log: log)
        let late = dead.submit(.best(31, 1))
        dead.advance()
        for _ in 0..<51 {
            while !dead.loads.isEmpty { dead.failLoad() }
            dead.tick()
        }
        #expect(dead.answers[late] == .notRecorded(.logUnavailable))
        #expect(dead.machine.isIdle)
        while !dead.loads.isEmpty { dead.failLoad() }
        // Nobody asks any more: it is not read for nobody.
        dead.tick(20)
        #expect(dead.loads.isEmpty)
        // And its command, asked again, is decided once.
        let again = dead.submit(.best(31, 1))
        dead.run()
        #expect(dead.answers[again]?.outcome == .accepted)
    }

    @Test func `with an event that can't be read is refused, and no other`() {
        log.inject(EncodedEvent(type: "SeatPainted", schemaVersion: 1, payload: []), into: .first)
        var bench = Bench(done: [.create(98, .second)], log: log)
        let parked = bench.submit(.best(30, 1))
        let fine = bench.submit(.best(31, .second, 1))
        bench.run()
        guard case .notRecorded(.unreadableStream(let position, let reason))? = bench.answers[parked] else {
            Issue.record("\(String(describing: bench.answers[parked]))")
            return
        }
        #expect(position == 27)
        #expect(reason.contains("SeatPainted"))
        #expect(bench.answers[fine]?.outcome == .accepted)
        let later = bench.submit(.best(32, 1))
        bench.run()
        #expect(bench.answers[later] == bench.answers[parked])
        #expect(bench.machine.isIdle)
    }

    @Test func `with versions missing is refused`() {
        log.inject(EncodedEvent(type: "HoldExpired", schemaVersion: 1, payload: []), into: .first, version: 40)
        var bench = Bench(done: [.best(99, ShowID("none"), 1)], log: log)
        let ticket = bench.submit(.best(30, 1))
        bench.run()
        guard case .notRecorded(.unreadableStream(at: 27, reason: _))? = bench.answers[ticket] else {
            Issue.record("\(String(describing: bench.answers[ticket]))")
            return
        }
    }
}
