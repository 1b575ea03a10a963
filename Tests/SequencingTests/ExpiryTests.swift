import Contract
import Domain
import EventLog
import Sequencing
import Testing

@Suite struct `Overdue holds` {
    private func types(_ log: PaperLog, from position: Int) -> [String] {
        log.events.dropFirst(position - 1).map(\.event.type)
    }

    @Test func `end first in a batch, once, by the system's own command`() {
        var bench = Bench(done: [.create(1), .hold(2, seats: ["s1"]), .hold(3, seats: ["s2"])])
        bench.now = .at(400)
        let other = bench.submit(.hold(4, seats: ["s5"]))
        let same = bench.submit(.hold(5, seats: ["s1"]))
        bench.run()
        #expect(types(bench.log, from: 4) == ["HoldExpired", "HoldExpired", "HoldPlaced", "HoldPlaced"])
        #expect(bench.answers[other]?.recorded?.events.count == 1)
        #expect(bench.answers[same]?.outcome == .accepted)
        let command = bench.log.commands[bench.log.events[3].commandID]
        #expect(command?.principal == "system")
        #expect(command?.eventCount == 2)
        #expect(bench.log.commands.values.count { $0.principal == "system" } == 1)
    }

    @Test func `end when the timer says so, even if nobody asks`() {
        var bench = Bench(done: [.create(1), .hold(2, seats: ["s1"])])
        bench.machine.meetDeadlines(of: .first, onlyIfCached: true)
        bench.run()
        #expect(bench.log.head == 2, "nothing is overdue")
        bench.now = .at(400)
        bench.machine.meetDeadlines(of: .first, onlyIfCached: true)
        bench.run()
        #expect(types(bench.log, from: 3) == ["HoldExpired"])
        bench.machine.meetDeadlines(of: .first, onlyIfCached: true)
        bench.run()
        #expect(bench.log.head == 3)
    }

    @Test func `of a show that this node does not have are left to the node that has`() {
        let log = PaperLog()
        _ = Bench(done: [.create(1), .hold(2, seats: ["s1"])], log: log)
        var bench = Bench(done: [.create(99, .second)], log: log)
        bench.now = .at(400)
        bench.machine.meetDeadlines(of: .first, onlyIfCached: true)
        bench.run()
        #expect(bench.loads.isEmpty && log.head == 3)
        bench.machine.meetDeadlines(of: .first, onlyIfCached: false)
        bench.run()
        #expect(types(log, from: 4) == ["HoldExpired"])
    }

    @Test func `proposed by two nodes at once end once`() {
        let log = PaperLog()
        var here = Bench(done: [.create(1), .hold(2, seats: ["s1"])], log: log)
        var there = Bench(done: [.hold(3, seats: ["s2"])], log: log)
        here.submit(.hold(9, seats: ["nowhere"]))
        here.run()
        here.now = .at(400)
        there.now = .at(400)
        here.machine.meetDeadlines(of: .first, onlyIfCached: true)
        there.machine.meetDeadlines(of: .first, onlyIfCached: true)
        let ticket = there.submit(.hold(4, seats: ["s1"]))
        here.advance()
        there.advance()
        #expect(here.append?.streams[0].commands[0].id == there.append?.streams[0].commands[0].id)
        here.performAppend()
        there.performAppend()
        there.run()
        #expect(types(log, from: 4) == ["HoldExpired", "HoldExpired", "HoldPlaced"])
        #expect(there.answers[ticket]?.outcome == .accepted)
    }

    @Test func `in a mass end over several appends, and the show's commands wait for the last`() {
        var bench = Bench(done: [.create(1, seats: 60), .create(2, .second)] + (10...59).map { .best($0, 1) }) {
            $0.deadlinesPerBatchMax = 20
        }
        let head = Int(bench.log.head)
        bench.now = .at(400)
        let ticket = bench.submit(.hold(100, seats: ["s1"]))
        let elsewhere = bench.submit(.best(101, .second, 1))
        let behind = bench.submit(.best(102, 1))
        var sizes: [Int] = []
        while true {
            bench.advance()
            guard let append = bench.append else { break }
            sizes.append(append.streams.flatMap(\.commands).flatMap(\.events).count)
            bench.performAppend()
            if sizes.count == 1 {
                #expect(bench.answers[elsewhere]?.outcome == .accepted, "another show does not wait")
            }
        }
        #expect(sizes == [21, 20, 12])
        #expect(bench.answers[ticket]?.outcome == .accepted)
        #expect(bench.answers[behind]?.outcome == .accepted)
        #expect(bench.log.events.dropFirst(head).count { $0.event.type == "HoldExpired" } == 50)
        #expect(bench.log.events.suffix(2).map(\.commandID) == [.number(100), .number(102)])
    }

    @Test func `in a mass that only the timer asks for end to the last`() {
        var bench = Bench(done: [.create(1, seats: 60)] + (10...59).map { .best($0, 1) }) {
            $0.deadlinesPerBatchMax = 20
        }
        bench.now = .at(400)
        bench.machine.meetDeadlines(of: .first, onlyIfCached: true)
        bench.run()
        #expect(bench.log.events.count { $0.event.type == "HoldExpired" } == 50)
    }

    @Test func `are ended again when the append failed`() throws {
        var bench = Bench(done: [.create(1), .hold(2, seats: ["s1"])])
        bench.now = .at(400)
        let ticket = bench.submit(.hold(3, seats: ["s1"]))
        bench.advance()
        try bench.failAppend(.refused)
        bench.tick(3)
        bench.run()
        #expect(types(bench.log, from: 3) == ["HoldExpired", "HoldPlaced"])
        #expect(bench.answers[ticket]?.outcome == .accepted)
    }
}
