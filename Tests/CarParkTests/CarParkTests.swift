import Domain
import EventLog
import Following
import Postgres
import PostgresEventLog
import PostgresViews
import Sequencing
import Testing
import TestSupport

/// An aggregate that the product does not know goes all the way: by its own folder, a line in a catalogue of aggregates
/// and a target in the manifest.
@Suite(.timeLimit(.minutes(5))) struct `An aggregate of another kind` {
    @Test func `is decided, recorded, followed and stored`() async throws {
        try await RunningCarPark.run { park in
            for plate in ["A", "B", "C"] {
                let answer = await park.submit(.enter(plate: plate), named: "enter \(plate)")
                #expect(answer.outcome == .accepted)
            }
            #expect(try await park.parkedPlates() == ["A", "B", "C"])

            let full = await park.submit(.enter(plate: "D"), named: "enter D")
            #expect(full.outcome == .rejected(Rejection(.carParkFull, limit: 3)))
            let twice = await park.submit(.enter(plate: "A"), named: "enter A again")
            #expect(twice.outcome == .rejected(Rejection(.carIsHere, subject: "A")))
            let replay = await park.submit(.enter(plate: "A"), named: "enter A")
            #expect(replay.outcome == .accepted)
            #expect(replay.isReplayed)

            let left = await park.submit(.leave(plate: "B"), named: "leave B")
            #expect(left.outcome == .accepted)
            #expect(try await park.parkedPlates() == ["A", "C"])

            // The log keeps its promises for this stream as for a show's.
            let events = try await park.log.events(after: 0, limit: 100)
            #expect(events.map(\.event.type) == ["CarEntered", "CarEntered", "CarEntered", "CarLeft"])
            #expect(events.allSatisfy { $0.stream.rawValue == "car-park:north" })
            #expect(events.map(\.streamVersion) == [1, 2, 3, 4])
            // Every message had the hash that the log has.
            try await eventually("the log confirms what messages brought") { park.replica.status.confirmed == 4 }
            #expect(park.alarms.all.isEmpty)
        }
    }

    @Test func `has deadlines that the timer meets, in memory and in PostgreSQL`() async throws {
        try await RunningCarPark.run { park in
            _ = await park.submit(.enter(plate: "A"), named: "enter A")
            park.pass(seconds: CarPark.paidSeconds / 2)
            _ = await park.submit(.enter(plate: "B"), named: "enter B")
            _ = try await park.parkedPlates()
            park.pass(seconds: CarPark.paidSeconds / 2)
            try await eventually("A is towed") { try await park.parkedPlates() == ["B"] }
            // It may come again.
            let again = await park.submit(.enter(plate: "A"), named: "enter A later")
            #expect(again.outcome == .accepted)

            let head = try await park.log.head()
            #expect(await park.visits.position.wait(for: head, timeout: .seconds(20)) == .reached)
            let page = PostgresViewReader<VisitsView>.page(
                "visits", columns: "plate, visits, tows", "SELECT * FROM car_park_visits.cars", order: "plate")
            let rows = try await park.visits.read(page, .init())
            #expect(rows.place == head)
            let stored = try rows.indices.map { row in
                (
                    try rows.result.text(row, 3), try rows.result.int64(row, 4), try rows.result.int64(row, 5)
                )
            }
            #expect(stored.map(\.0) == ["A", "B"])
            #expect(stored.map(\.1) == [2, 1])
            #expect(stored.map(\.2) == [1, 0])
        }
    }
}

extension CommandAnswer {
    var outcome: Outcome? {
        guard case .recorded(let answer, _) = self else { return nil }
        return answer.outcome
    }

    var isReplayed: Bool {
        guard case .recorded(_, let isReplayed) = self else { return false }
        return isReplayed
    }
}
