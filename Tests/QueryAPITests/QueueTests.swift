import Contract
import Domain
import EventLog
import Following
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Projection
import Testing
import WaitingLines

@testable import HTTPServer
@testable import QueryAPI

@Suite("Waiting rooms as they are read", .timeLimit(.minutes(2)))
struct QueueTests {
    private static let show = ShowID("show")
    /// For whom the samples' entries are.
    private static let eve: HTTPFields = [.authorization: "eve"]

    /// A node whose log has a show and these events of its room, all applied.
    private func node(_ events: [RoomEvent], isDraft: Bool = false) async throws -> QueryNode {
        let log = InMemoryEventLog()
        var show = ShowCreated.sample(seats: 3)
        show.isDraft = isDraft
        try await log.append([.created(show)])
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        await node.apply(upTo: 1)
        try await node.tell(events)
        node.clock.set(.second(100))
        return node
    }

    /// The show's room opens without a prequeue; then this happens.
    private func opened(_ events: [RoomEvent] = []) -> [RoomEvent] {
        let settings = RoomSettings(opensAt: .second(10), admitPerMinute: 60, maxActive: 10)
        return [
            .configured(
                RoomConfigured(
                    showID: Self.show, settings: settings, instanceCommitment: [], phase: .closed, at: .second(1))),
            .phaseChanged(RoomPhaseChanged(phase: .open, at: .second(10))),
        ] + events
    }

    private func json(_ response: Response) async throws -> [String: JSONValue] {
        try JSONDecoder().decode([String: JSONValue].self, from: Data(try await response.text().utf8))
    }

    // MARK: For everybody

    @Test("Everybody sees the same small status, which a cache may keep for a second") func status() async throws {
        let node = try await node(
            opened([
                .joined(1), .joined(2), .joined(3), .admitted([1], at: 90),
                .phaseChanged(RoomPhaseChanged(phase: .paused, reason: "Breathe", at: .second(95))),
            ]))
        let response = try await node.get("/shows/show/queue")
        #expect(response.status == .ok)
        #expect(response.headers[.cacheControl] == "public, max-age=1")
        #expect(response.cookies.isEmpty)
        #expect(response.token == LogPosition(epoch: 1, position: 8))
        let text = try await response.text()
        #expect(
            text == #"{"showId":"show","state":"paused","reason":"Breathe","opensAt":"1970-01-01T00:00:10.000Z","#
                + #""admitPerMinute":60,"measuredPerMinute":5,"waiting":2,"servedThrough":1,"maxActive":10,"#
                + #""admitted":1,"active":0}"#)
        #expect(response.headers[.contentLength] == String(text.utf8.count))
    }

    @Test("The status is made once a second, unless its reader has seen more") func statusAge() async throws {
        let node = try await node(opened([.joined(1)]))
        let first = try await node.get("/shows/show/queue")
        try await node.tell([.joined(2)])
        let second = try await node.get("/shows/show/queue")
        #expect(second.token == first.token)
        #expect(try await second.text() == first.text())
        let fresh = try await node.get("/shows/show/queue", .seen("1.5"))
        #expect(fresh.token == LogPosition(epoch: 1, position: 5))
        #expect(try await json(fresh)["waiting"] == .number(2))
        try await node.tell([.joined(3)])
        node.clock.set(.second(101))
        #expect(try await json(node.get("/shows/show/queue"))["waiting"] == .number(3))
    }

    @Test("A show without a room, one that is not there and a draft say so") func absent() async throws {
        let bare = try await node([])
        #expect(try await bare.get("/shows/show/queue").code() == "queue-not-found")
        #expect(try await bare.get("/shows/show/queue/draw").code() == "queue-not-found")
        #expect(try await bare.get("/shows/gig/queue").code() == "queue-not-found")
        #expect(try await bare.get("/shows/show/queue/entries/e1").code() == "entry-not-found")
        #expect(try await bare.get("/shows/show/queue/entries/e1/stream").code() == "entry-not-found")
        #expect(try await bare.get("/me/queue").text() == #"{"entries":[]}"#)
        let draft = try await node(opened(), isDraft: true)
        #expect(try await draft.get("/shows/show/queue").code() == "queue-not-found")
        for path in ["/shows/show/queue", "/shows/show/queue/draw"] {
            let own = try await draft.get(path, [.authorization: "root:admin"])
            #expect(own.status == .ok && own.headers[.cacheControl] == "private, no-store", "\(path)")
        }
        // What was made for the admin is for nobody else.
        #expect(try await draft.get("/shows/show/queue").code() == "queue-not-found")
    }

    // MARK: For the owner

    @Test("An entry's owner sees its place; for others it is not there") func entry() async throws {
        let node = try await node(opened([.joined(1), .joined(2), .joined(3, by: "eve"), .admitted([1], at: 99)]))
        let own = try await json(node.get("/shows/show/queue/entries/e3", Self.eve))
        #expect(own["status"] == .text("waiting") && own["state"] == .text("open"))
        #expect(own["number"] == .number(3) && own["place"] == .number(2) && own["ahead"] == .number(1))
        #expect(own["userId"] == .text("eve") && own["joinedAt"] == .text("1970-01-01T00:00:20.000Z"))
        // One in two seconds was measured.
        #expect(
            own["estimate"]
                == .object(["from": .text("1970-01-01T00:01:41.000Z"), "to": .text("1970-01-01T00:01:43.000Z")]))
        #expect(own["admission"] == nil && own["claimUntil"] == nil)
        #expect(try await node.get("/shows/show/queue/entries/e3").code() == "entry-not-found")
        #expect(try await node.get("/shows/gig/queue/entries/e3", Self.eve).code() == "entry-not-found")
        let stream = try await node.get("/shows/show/queue/entries/e3/stream")
        #expect(try await stream.code() == "entry-not-found")
        #expect(node.ownStreams.count == 0)
        #expect(try await json(node.get("/me/queue", Self.eve))["entries"] == .array([.object(own)]))
    }

    @Test("Whoever is admitted gets the token: to claim it, and then for the session") func admission() async throws {
        let node = try await node(opened([.joined(1, by: "eve"), .admitted([1], at: 90)]))
        let entry = "/shows/show/queue/entries/e1"
        let admitted = try await json(node.get(entry, Self.eve))
        #expect(admitted["status"] == .text("admitted") && admitted["admission"] == .text("e1 of eve unclaimed"))
        #expect(admitted["claimUntil"] == .text("1970-01-01T00:02:30.000Z"))
        #expect(admitted["admittedUntil"] == .text("1970-01-01T00:05:30.000Z"))
        #expect(admitted["ahead"] == .null && admitted["place"] == .null && admitted["number"] == .number(1))
        node.clock.set(.second(150))
        #expect(try await json(node.get(entry, Self.eve))["admission"] == nil)
        try await node.tell([
            .claimed(
                EntryClaimed(
                    entryID: EntryID("e1"), userID: UserID("eve"), sessionUntil: .second(330), at: .second(149)))
        ])
        let active = try await json(node.get(entry, Self.eve))
        #expect(active["status"] == .text("active") && active["admission"] == .text("e1 of eve claimed"))
        #expect(active["claimUntil"] == nil && active["admittedUntil"] == .text("1970-01-01T00:05:30.000Z"))
        node.clock.set(.second(330))
        #expect(try await json(node.get(entry, Self.eve))["admission"] == nil)
        try await node.tell([.ended([1], .expired, by: "eve")])
        #expect(try await json(node.get(entry, Self.eve))["status"] == .text("expired"))
        #expect(try await node.get("/me/queue", Self.eve).text() == #"{"entries":[]}"#)
    }

    // MARK: The draw

    @Test("The draw's file has all that it takes to compute the order again") func draw() async throws {
        let seed: [UInt8] = Array(repeating: 7, count: 32)
        let hash: [UInt8] = Array(repeating: 9, count: 32)
        var events: [RoomEvent] = [
            .configured(
                RoomConfigured(
                    showID: Self.show,
                    settings: RoomSettings(
                        prequeueFrom: .second(1), opensAt: .second(10), admitPerMinute: 60, maxActive: 10),
                    instanceCommitment: Draw.sha256(seed), phase: .closed, at: .second(0))),
            .phaseChanged(RoomPhaseChanged(phase: .prequeue, at: .second(1))),
        ]
        events += (1...2_500).map { .joined($0, number: nil) }
        events.append(.ended([1_000], .left))
        let node = try await node(events)
        let early = try await json(node.get("/shows/show/queue/draw"))
        #expect(early["entrants"] == .array([]) && early["order"] == .null && early["logHash"] == .null)
        #expect(try await json(node.get("/shows/show/queue/entries/e7"))["number"] == .null)

        try await node.tell([
            .phaseChanged(RoomPhaseChanged(phase: .drawing, at: .second(10))), .joined(3_000, number: 2_500),
            .drawSealed(DrawSealed(position: 2_505, hash: hash, entrantCount: 2_499, at: .second(11))),
            .seedRevealed(SeedRevealed(party: "instance", seed: seed, at: .second(12))),
            .drawHeld(DrawHeld(keyDigest: Draw.sha256(seed), entrantCount: 2_499, at: .second(13))),
            .phaseChanged(RoomPhaseChanged(phase: .open, at: .second(13))),
        ])
        let response = try await node.get("/shows/show/queue/draw")
        #expect(response.headers[.cacheControl] == "no-cache")
        let text = try await response.text()
        try JSONDecoder().decode(PublishedDraw.self, from: Data(text.utf8)).verify()
        let file = try await json(node.get("/shows/show/queue/draw"))
        #expect(file["showId"] == .text("show") && file["phase"] == .text("open"))
        #expect(file["algorithm"] == .text("HMAC-SHA-256") && file["beacon"] == .null)
        #expect(file["logPosition"] == .number(2_505))
        #expect(file["logHash"] == .text(String(repeating: "09", count: 32)))
        guard case .array(let parties) = file["commitments"], case .object(let party) = parties.first else {
            Issue.record("no commitments")
            return
        }
        #expect(party["party"] == .text("instance") && party["forfeited"] == .bool(false))
        #expect(party["seed"] == .text(String(repeating: "07", count: 32)))
        let entrants = (1...2_500).filter { $0 != 1_000 }.map { EntryID("e\($0)") }
        #expect(file["entrants"] == .array(entrants.map { .text($0.rawValue) }))
        let order = Draw.order(of: entrants, key: seed, hash: hash).map { entrants[$0] }
        #expect(file["order"] == .array(order.map { .text($0.rawValue) }))
        let first = try await json(node.get("/shows/show/queue/entries/\(order[0])"))
        #expect(first["number"] == .number(1) && first["ahead"] == .number(0))
        #expect(try await json(node.get("/shows/show/queue/entries/e3000"))["ahead"] == .number(2_499))
    }

    // MARK: Live

    private func entrySession(_ node: QueryNode) -> EntrySession {
        EntrySession(
            EntryID("e3"), on: Self.show,
            queue: QueueTeller(
                user: UserID("eve"), epoch: 1, lines: node.lines, makeToken: QueryNode.token,
                now: { [clock = node.clock] in clock.value }))
    }

    private func told(_ buffer: ByteBuffer?) throws -> [String] {
        try String(buffer: #require(buffer)).split(separator: "\n").compactMap { line in
            line.hasPrefix("data: ") ? String(line.dropFirst(6)) : nil
        }
    }

    @Test("An entry's stream tells its place as the line moves, once a second, and its admission at once")
    func entryStream() async throws {
        let node = try await node(opened([.joined(1), .joined(2), .joined(3, by: "eve")]))
        let subscription = try node.ownStreams.open(for: UserID("eve"), entry: EntryID("e3"))
        var session = entrySession(node)
        #expect(try told(session.snapshot())[0].contains(#""ahead":2"#))
        subscription.follow(session.shows)
        #expect(session.shows == [Self.show])
        _ = session.message(for: subscription.take())

        try await node.tell([.admitted([1], at: 99)])
        #expect(try told(session.message(for: subscription.take())).isEmpty)
        node.ownStreams.tick()
        #expect(try told(session.message(for: subscription.take())).map { $0.contains(#""ahead":1"#) } == [true])
        // Nothing has moved.
        node.ownStreams.tick()
        #expect(try told(session.message(for: subscription.take())).isEmpty)
        // Others of the line are no news, their leaving is.
        try await node.tell([.joined(4), .ended([2], .left)])
        node.ownStreams.tick()
        #expect(try told(session.message(for: subscription.take())).map { $0.contains(#""ahead":0"#) } == [true])
        try await node.tell([.admitted([3], at: 100, by: "eve")])
        let admitted = try told(session.message(for: subscription.take()))
        #expect(admitted.map { $0.contains(#""admission":"e3 of eve unclaimed""#) } == [true])
        #expect(session.shows.isEmpty)
    }

    @Test("The end of a room is told to those who wait") func roomEnds() async throws {
        let node = try await node(opened([.joined(3, by: "eve", number: 1)]))
        let subscription = try node.ownStreams.open(for: UserID("eve"), entry: EntryID("e3"))
        var session = entrySession(node)
        _ = session.snapshot()
        subscription.follow(session.shows)
        try await node.tell([.phaseChanged(RoomPhaseChanged(phase: .ended, at: .second(101)))])
        node.ownStreams.tick()
        #expect(try told(session.message(for: subscription.take())).map { $0.contains(#""state":"ended""#) } == [true])
        #expect(try await node.get("/me/queue", Self.eve).text() == #"{"entries":[]}"#)
    }

    @Test("The stream of all that is one's own has the entries, too, each once as it is") func ownStream() async throws
    {
        let node = try await node(opened([.joined(1), .joined(3, by: "eve", number: 2)]))
        let subscription = try node.ownStreams.open(for: UserID("eve"))
        var session = PersonSession(
            holds: node.holds,
            queue: QueueTeller(
                user: UserID("eve"), epoch: 1, lines: node.lines, makeToken: QueryNode.token,
                now: { [clock = node.clock] in clock.value }), waitlists: node.waitlists)
        let first = try told(session.snapshot())
        #expect(first.count == 1 && first[0].contains(#""entries":[{"entryId":"e3""#))
        subscription.follow(session.shows)
        try await node.tell([
            .admitted([1], at: 99), .admitted([2], at: 99, by: "eve", entry: "e3"), .ended([3], .done, by: "eve"),
        ])
        let changes = try told(session.message(for: subscription.take()))
        #expect(changes.count == 1 && changes[0].contains(#""status":"done""#))
        #expect(try told(session.message(for: subscription.take())).isEmpty)
        node.lines.enter(epoch: 2)
        #expect(session.message(for: subscription.take()) == nil)
    }

    @Test("Over the wire: the entry, its admission, the end") func wire() async throws {
        let node = try await node(opened([.joined(1, by: "eve")]))
        let response = try await node.get("/shows/show/queue/entries/e1/stream", Self.eve)
        #expect(response.headers[.contentType] == "text/event-stream")
        async let text = response.text()
        try await node.tell([.admitted([1], at: 99, by: "eve")])
        node.ownStreams.entered(epoch: 1)
        let told = try told(ByteBuffer(string: try await text))
        #expect(told.last?.contains(#""status":"admitted""#) == true)
    }
}

/// JSON that can be compared.
enum JSONValue: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Int)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }
}

extension Timestamp {
    fileprivate static func second(_ second: Int64) -> Timestamp { Timestamp(microseconds: 1_000_000 * second) }
}

extension RoomEvent {
    fileprivate static func joined(_ entry: Int, by user: String = "ann", number: Int?) -> RoomEvent {
        .joined(EntryJoined(entryID: EntryID("e\(entry)"), userID: UserID(user), number: number, at: .second(20)))
    }

    fileprivate static func joined(_ entry: Int, by user: String = "ann") -> RoomEvent {
        .joined(entry, by: user, number: entry)
    }

    /// - Parameter entry: whose number is the only one; nil: named by their numbers.
    fileprivate static func admitted(
        _ numbers: [Int], at second: Int64, by user: String = "ann", entry: String? = nil
    ) -> RoomEvent {
        .admitted(
            EntriesAdmitted(
                entries: numbers.map {
                    EntriesAdmitted.Entry(entryID: EntryID(entry ?? "e\($0)"), userID: UserID(user), number: $0)
                }, at: .second(second), claimUntil: .second(second + 60), sessionUntil: .second(second + 240)))
    }

    fileprivate static func ended(_ entries: [Int], _ how: EntriesEnded.How, by user: String = "ann") -> RoomEvent {
        .ended(
            EntriesEnded(
                how: how, entries: entries.map { EntriesEnded.Entry(entryID: EntryID("e\($0)"), userID: UserID(user)) },
                at: .second(100)))
    }
}

extension QueryNode {
    /// Appends events to the stream of the show's room, and applies them.
    fileprivate func tell(_ events: [RoomEvent]) async throws {
        guard !events.isEmpty else { return }
        let head = await log.head()
        // The log has one event that is none of the room's.
        _ = try await log.append(
            AppendBatch(
                epoch: head.epoch,
                streams: [
                    StreamAppend(
                        stream: ShowID("show").roomStream, expectedVersion: head.position - 1,
                        commands: [
                            DecidedCommand(
                                id: CommandID(high: 2, low: UInt64(head.position)), principal: "ann", fingerprint: [],
                                outcome: [], events: events.map { EncodedEvent($0) })
                        ])
                ]))
        await apply(upTo: log.head().position)
    }
}
