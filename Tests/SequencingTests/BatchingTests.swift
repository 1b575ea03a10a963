import Domain
import EventLog
import Sequencing
import Testing

@Suite struct `What waits together` {
    @Test func `is appended together, and what comes meanwhile goes with the next`() {
        var bench = Bench(done: [.create(1), .create(2, .second)])
        bench.submit(.best(3, 2))
        bench.submit(.best(4, .second, 1))
        bench.submit(.best(5, 2))
        bench.advance()
        #expect(bench.append?.streams.map(\.stream) == [.first, .second])
        #expect(bench.append?.streams.map { $0.commands.map(\.id) } == [[.number(3), .number(5)], [.number(4)]])
        #expect(bench.append?.streams.map(\.expectedVersion) == [1, 1])

        bench.submit(.best(6, 1))
        bench.submit(.best(7, 1))
        bench.advance()
        bench.performAppend()
        #expect(bench.append == nil)
        bench.advance()
        #expect(bench.append?.streams.map { $0.commands.map(\.id) } == [[.number(6), .number(7)]])
        #expect(bench.append?.streams.map(\.expectedVersion) == [3])
        bench.run()
        #expect(bench.answers.values.allSatisfy { $0.outcome == .accepted })
        #expect(bench.machine.isIdle)
    }

    @Test func `sees what came before it in the same batch`() {
        var bench = Bench(done: [.create(1)])
        let winner = bench.submit(.hold(2, seats: ["s1", "s2"]))
        let loser = bench.submit(.hold(3, seats: ["s2", "s3"]))
        let third = bench.submit(.hold(4, seats: ["s3"]))
        let release = bench.submit(.release(5, hold: 2))
        let again = bench.submit(.hold(6, seats: ["s1", "s2"]))
        bench.run()
        #expect(bench.log.events.count == 5)
        #expect(bench.answers[winner]?.outcome == .accepted)
        #expect(bench.answers[loser]?.outcome == .rejected(.seatsUnavailable([.seat("s2", .held)])))
        #expect(bench.answers[third]?.outcome == .accepted)
        #expect(bench.answers[release]?.outcome == .accepted)
        #expect(bench.answers[again]?.outcome == .accepted)
    }

    @Test func `is no more than a batch may hold; the rest keeps its order`() {
        var bench = Bench(done: [.create(1, seats: 40)]) { $0.batchCommandsMax = 4 }
        for number in 2...11 { bench.submit(.best(number, 1)) }
        var sizes: [[CommandID]] = []
        while true {
            bench.advance()
            guard let append = bench.append else { break }
            sizes.append(append.streams.flatMap(\.commands).map(\.id))
            bench.performAppend()
        }
        #expect(sizes == [(2...5).map { .number($0) }, (6...9).map { .number($0) }, (10...11).map { .number($0) }])
    }

    @Test func `is published once, before anybody is answered`() {
        var bench = Bench(done: [.create(1), .create(2, .second)])
        let before = bench.trace.count
        bench.submit(.best(3, 2))
        bench.submit(.hold(4, seats: ["nowhere"]))
        bench.submit(.best(5, .second, 1))
        bench.advance()
        bench.performAppend()
        let actions = bench.trace.dropFirst(before).map { action in
            switch action {
            case .append: "append"
            case .publish: "publish"
            case .answer(let ticket, _): "answer \(ticket)"
            case .recover, .load, .answerRecorded: "else"
            }
        }
        #expect(actions == ["append", "publish", "answer 3", "answer 4", "answer 5"])
        #expect(bench.published.last?.events == Array(bench.log.events.suffix(2)))
        #expect(bench.published.last?.head == 4)
        #expect(bench.published.last?.epoch == 1)
    }

    @Test func `is not published when nothing happened`() {
        var bench = Bench(done: [.create(1)])
        let count = bench.published.count
        bench.submit(.hold(2, seats: ["nowhere"]))
        bench.run()
        #expect(bench.published.count == count)
        #expect(bench.log.commands[.number(2)] != nil)
    }

    @Test func `has tokens: of the last event, or for a refusal of the version it was decided on`() {
        var bench = Bench(done: [.create(1), .create(2, .second)])
        let elsewhere = bench.submit(.best(3, .second, 1))
        let early = bench.submit(.hold(4, seats: ["nowhere"]))
        let accepted = bench.submit(.best(5, 1))
        let late = bench.submit(.hold(6, seats: ["nowhere"]))
        bench.run()
        // The log is in the batch's order: the second show was first in it.
        #expect(bench.answers[elsewhere]?.recorded?.token == LogPosition(epoch: 1, position: 3))
        #expect(bench.answers[early]?.recorded?.token == LogPosition(epoch: 1, position: 1))
        #expect(bench.answers[accepted]?.recorded?.token == LogPosition(epoch: 1, position: 4))
        #expect(bench.answers[accepted]?.recorded?.events.map(\.position) == [4])
        #expect(bench.answers[late]?.recorded?.token == LogPosition(epoch: 1, position: 4))
        // And a look at the log says the same.
        for ticket in [early, accepted, late] {
            guard let answer = bench.answers[ticket]?.recorded else { continue }
            #expect(bench.log.commands[answer.id]?.position == answer.token.position)
        }
    }
}
