import Contract
import Domain
import EventLog
import Fanout
import Following
import Postgres
import PostgresEventLog
import PostgresViews
import Testing
import TestSupport

/// Somebody who is no command node publishes on a socket that a replica listens to.
@Suite(.timeLimit(.minutes(5))) struct `A forged message` {
    /// A batch that no log has, with a car that never came; sealed as well as anybody can who does not write the log.
    private func forgery(plate: String, after head: HashedHead, version: Int64) throws -> CommittedBatch {
        let time = head.recordedAt.adding(seconds: 1)
        let event = CarPark.codec.encode(
            .entered(CarPark.CarEntered(plate: plate, enteredAt: time, paidUntil: time.adding(seconds: 60))))
        let command = DecidedCommand(
            id: CommandID(high: 6, low: 66), principal: "nobody", fingerprint: [UInt8](repeating: 6, count: 32),
            outcome: [], events: [event])
        var batch = RecordedBatch(
            number: head.batch + 1, epoch: head.epoch, afterPosition: head.position, recordedAt: time,
            parts: [
                RecordedBatch.Part(
                    stream: RunningCarPark.stream, version: version, lastPosition: head.position,
                    root: BatchHash.root(of: [command]), commands: [command])
            ], hash: [])
        batch.hash = batch.hash(after: head.hash)
        return CommittedBatch(
            epoch: head.epoch, events: batch.events, head: batch.lastPosition, seal: BatchSeal(batch, after: head.hash))
    }

    /// The plates that are stored, and the place that they are of.
    private func stored(_ park: RunningCarPark) async throws -> (plates: [String], place: LogPosition) {
        let page = PostgresViewReader<VisitsView>.page(
            "forged-visits", columns: "plate", "SELECT * FROM car_park_visits.cars", order: "plate")
        let rows = try await park.visits.read(page, .init())
        return (try rows.indices.map { try rows.result.text($0, 3) }, rows.place)
    }

    /// Publishes until somebody has noticed: a socket that was just bound is not heard yet.
    private func publish(
        _ batch: CommittedBatch, at endpoint: FanoutEndpoint,
        until isNoticed: @escaping @Sendable () async throws -> Bool
    ) async throws {
        let forger = try Publisher(PublisherConfiguration(endpoints: [endpoint]), logger: .test)
        try await eventually("the message is noticed") {
            forger.post(batch)
            return try await isNoticed()
        }
        try await forger.shutdown()
    }

    @Test func `is an alarm, the views are built anew, and stored rows never have it`() async throws {
        try await RunningCarPark.run { park in
            for plate in ["A", "B"] { _ = await park.submit(.enter(plate: plate), named: "enter \(plate)") }
            #expect(try await park.parkedPlates() == ["A", "B"])
            let head = try await park.log.hashedHead()

            // Of a command that nobody appended, beyond the log's head.
            let made = try forgery(plate: "Z", after: head, version: 2)
            try await publish(made, at: park.otherEndpoint) {
                let place = try await stored(park).place
                #expect(place.position <= head.position, "the stored view passed the log's head")
                return !park.alarms.all.isEmpty
            }
            try await eventually("the views are built anew") { park.replica.status.isReady }
            #expect(try await park.parkedPlates() == ["A", "B"])
            #expect(park.parked.checkpoint == head.position)
            #expect(park.replica.status.alarm == nil)

            // The sale goes on, at the very position that was forged.
            let answer = await park.submit(.enter(plate: "C"), named: "enter C")
            #expect(answer.outcome == .accepted)
            #expect(try await park.parkedPlates() == ["A", "B", "C"])
            let place = try await park.log.head()
            #expect(await park.visits.position.wait(for: place, timeout: .seconds(20)) == .reached)
            let rows = try await stored(park)
            #expect(rows.plates == ["A", "B", "C"] && rows.place == place)
        }
    }

    @Test func `in another event's place is an alarm, too`() async throws {
        try await RunningCarPark.run { park in
            _ = await park.submit(.enter(plate: "A"), named: "enter A")
            #expect(try await park.parkedPlates() == ["A"])
            let made = try forgery(plate: "Z", after: try await park.log.hashedHead(), version: 1)
            try await publish(made, at: park.otherEndpoint) { park.parked.checkpoint == 2 || !park.alarms.all.isEmpty }
            // Now the log has another event there.
            _ = await park.submit(.enter(plate: "B"), named: "enter B")
            try await eventually("the views are built anew") {
                !park.alarms.all.isEmpty && park.replica.status.isReady
            }
            #expect(try await park.parkedPlates() == ["A", "B"])
            let place = try await park.log.head()
            #expect(await park.visits.position.wait(for: place, timeout: .seconds(20)) == .reached)
            #expect(try await stored(park).plates == ["A", "B"])
        }
    }

    @Test func `without the log's hash is not believed at all`() async throws {
        try await RunningCarPark.run { park in
            _ = await park.submit(.enter(plate: "A"), named: "enter A")
            #expect(try await park.parkedPlates() == ["A"])
            var made = try forgery(plate: "Z", after: try await park.log.hashedHead(), version: 1)
            made.seal = nil
            // It claims a later head, which the next look finds wrong.
            try await publish(made, at: park.otherEndpoint) {
                #expect(park.parked.checkpoint == 1)
                return !park.alarms.all.isEmpty
            }
            #expect(park.replica.status.isReady)
            #expect(try await park.parkedPlates() == ["A"])
        }
    }
}
