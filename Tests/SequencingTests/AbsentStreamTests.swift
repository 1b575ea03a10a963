import Domain
import EventLog
@testable import Sequencing
import Testing

@Suite struct `A command on a stream that is not there` {
    private func loadCount(_ bench: Bench) -> Int {
        bench.trace.count { if case .load = $0 { true } else { false } }
    }

    @Test func `is refused after one look at the log, and leaves nothing`() {
        var bench = Bench(done: [.create(1)])
        let loads = loadCount(bench)
        let ticket = bench.submit(.best(7, ShowID("none"), 1))
        bench.run()
        #expect(bench.answers[ticket] == .notRecorded(.nothingThere(.showNotFound)))
        #expect(loadCount(bench) == loads + 1)
        #expect(bench.log.commands.count == 1)
        #expect(bench.machine.cachedStreamCount == 1)
        #expect(bench.machine.isIdle)
    }

    /// What was read before it came may be old by then.
    @Test func `is refused by what the log said after it came`() {
        let log = PaperLog()
        var (here, there) = (Bench(log: log), Bench(log: log))
        let early = here.submit(.best(7, 1))
        here.advance()
        here.readLoad(limit: 10)
        // Somebody is told that the show is there now, and asks for a seat.
        there.submit(.create(1))
        there.run()
        let late = here.submit(.best(8, 1))
        here.deliverLoad()
        here.run()
        #expect(here.answers[early] == .notRecorded(.nothingThere(.showNotFound)))
        #expect(here.answers[late]?.outcome == .accepted)
    }

    @Test func `may come together with the one that creates it`() {
        var bench = Bench()
        let early = bench.submit(.best(7, 1))
        let created = bench.submit(.create(1))
        let late = bench.submit(.best(8, 1))
        bench.run()
        #expect(bench.answers[early] == .notRecorded(.nothingThere(.showNotFound)))
        #expect(bench.answers[created]?.outcome == .accepted)
        #expect(bench.answers[late]?.outcome == .accepted)
        // The same key, for whoever asks again.
        let again = bench.submit(.best(7, 1))
        bench.run()
        #expect(bench.answers[again]?.outcome == .accepted)
    }

    @Test func `pushes no other out of the cache, however many there are`() {
        var bench = Bench(done: (1...8).map { .create($0, ShowID("show-\($0)")) }) { $0.cachedStreamsMax = 8 }
        for round in 0..<50 {
            for index in 0..<20 {
                bench.submit(.best(1_000 + round * 20 + index, ShowID("nowhere-\(round)-\(index)"), 1))
            }
            bench.run()
            bench.tick()
        }
        let loads = loadCount(bench)
        for number in 1...8 { bench.submit(.best(100 + number, ShowID("show-\(number)"), 1)) }
        bench.run()
        #expect(loadCount(bench) == loads)
        #expect(bench.machine.cachedStreamCount == 8)
        #expect(bench.log.head == 16)
    }
}
