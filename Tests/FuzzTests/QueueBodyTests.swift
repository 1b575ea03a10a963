import Contract
import Domain
import EventLog
import Inlets
import NIOCore
import Projection
import Testing

@testable import CommandAPI
@testable import HTTPServer
@testable import WebAPI

extension ParsersUnderFuzz {
    /// Each body in turn, whatever it is: which one it was meant to be is not in the bytes.
    @Test("Bodies about a waiting room") func queues() async throws {
        try await fuzz(
            FuzzRun(
                parser: "queue", inputs: 2_000, mutation: .json,
                words: [
                    "prequeueFrom", "opensAt", "admitPerMinute", "maxActive", "sessionMinutes", "claimSeconds",
                    "entriesPerUser", "challenge", "none", "draw", "parties", "party", "commitment", "beacon", "chain",
                    "round", "reason", "seed", "randomness", "signature", "instance", "2026-07-01T19:30:00Z",
                    "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00+23:59",
                ])
        ) { input in
            let body = JSONBody(bytes: ByteBuffer(bytes: input))
            return try [
                refusing { try runs(try body.decode(QueueBody.self).settings()) },
                refusing {
                    "a pause for \(try body.decode(PauseBody.self).reason.text.isEmpty ? "nothing" : "a reason")"
                },
                refusing { "an end\(try body.decode(EndBody.self).reason == nil ? "" : " with a reason")" },
                refusing {
                    let seed = try body.decode(SeedBody.self)
                    return try decided(.reveal(party: seed.party.text, seed: seed.seed.bytes))
                },
                refusing {
                    let value = try body.decode(BeaconBody.self)
                    return try decided(
                        .recordBeacon(
                            round: value.round, randomness: value.randomness.bytes, signature: value.signature.bytes))
                },
                refusing { try decided(.forfeit(party: try body.decode(ForfeitBody.self).party.text)) },
            ].joined(separator: ", ")
        }
    }
}

private let fan = (entry: EntryID("show-e"), user: UserID("ann"))

/// A room with these settings takes people in and admits them at any time, and what follows it can follow.
private func runs(_ settings: ValidRoomSettings) throws -> String {
    var room = WaitingRoomState()
    var view = Inlets()
    var position: Int64 = 0
    var results = ""
    let commands: [(RoomCommand, Timestamp)] = [
        (.configure(settings, showID: ShowID("show"), instanceCommitment: Draw.sha256([1])), Fixture.now),
        (.join(fan.entry, fan.user), settings.settings.joinsFrom), (.advance(limit: 10), settings.settings.opensAt),
        (.advance(limit: 10), settings.settings.opensAt.adding(seconds: 1)), (.pause(reason: "rain"), .distantPast),
        (.claim(fan.entry, fan.user), settings.settings.opensAt), (.leave(fan.entry, fan.user), Fixture.now),
        (.resume, Fixture.now), (.advance(limit: .max), Timestamp(microseconds: .max)),
    ]
    for (command, time) in commands {
        do {
            let events = try room.decide(command, now: time)
            results += events.isEmpty ? "." : "+"
            for event in events {
                room.evolve(event)
                position += 1
                try follow(event, at: position, &view)
            }
            _ = room.inlet.nextDue(after: time)
        } catch let error as Rejection {
            results += "-"
            _ = try told(Problem(error, at: LogPosition(epoch: 1, position: 1)))
        }
    }
    return "a room \(results)"
}

private func follow(_ event: RoomEvent, at position: Int64, _ view: inout Inlets) throws {
    let encoded = EncodedEvent(event)
    try expect(EncodedEvent(try WaitingRoomState.codec.decode(encoded)) == encoded, "the log gives another event back")
    try view.fold(
        event,
        in: EventContext(position: position, stream: ShowID("show").roomStream, recordedAt: event.at))
    try expect(try Inlets(encoded: view.encoded).rooms == view.rooms, "its snapshot gives another room back")
}

/// In a room that has a prequeue and a draw with a party and a beacon.
private func decided(_ command: RoomCommand) throws -> String {
    let draw = DrawTerms(
        parties: [DrawCommitment(party: "press", commitment: Draw.sha256(Array(0..<32)))],
        beacon: DrawBeacon(chain: String(repeating: "8", count: 64), round: 1_000))
    var room = WaitingRoomState()
    let opensAt = Fixture.now.adding(seconds: 10)
    let settings = RoomSettings(
        prequeueFrom: Fixture.now, opensAt: opensAt, admitPerMinute: 60, maxActive: 1, draw: draw)
    let steps: [RoomEvent] = [
        .configured(
            RoomConfigured(
                showID: ShowID("show"), settings: settings, instanceCommitment: Draw.sha256([1]), phase: .closed,
                at: Fixture.now)),
        .phaseChanged(RoomPhaseChanged(phase: .prequeue, at: Fixture.now)),
        .joined(EntryJoined(entryID: fan.entry, userID: fan.user, at: Fixture.now)),
        .phaseChanged(RoomPhaseChanged(phase: .drawing, at: opensAt)),
        .drawSealed(DrawSealed(position: 4, hash: Draw.sha256([2]), entrantCount: 1, at: opensAt)),
    ]
    for event in steps { room.evolve(event) }
    do throws(Rejection) {
        return "\(try room.decide(command, now: opensAt).count) events"
    } catch {
        return try told(Problem(error, at: LogPosition(epoch: 1, position: 1)))
    }
}
