import Domain
import EventLog
import Foundation
import Testing

@testable import Feed

@Suite struct `A reader of the feed` {
    private static let epochs = EpochHistory(epochs: [.init(epoch: 1, startsAfter: 0)])

    /// An event of a show: somebody left its waiting list.
    private func event(_ position: Int64, of stream: String, type: String = "WaitlistLeft") -> RecordedEvent {
        RecordedEvent(
            position: position, stream: StreamID(stream), streamVersion: position,
            event: EncodedEvent(type: type, schemaVersion: 1, payload: [0x0A, 1, 0x65, 0x12, 1, 0x75]),
            commandID: CommandID(bytes: [UInt8](repeating: 1, count: 16))!,
            recordedAt: Timestamp(microseconds: 1_700_000_000_000_000 + position))
    }

    private func reader(
        _ selection: FeedSelection = FeedSelection(maySee: { _, _ in true }), after position: Int64 = 0,
        epochs: EpochHistory = Self.epochs
    ) -> FeedReader {
        FeedReader(
            selection, after: LogPosition(epoch: 1, position: position), in: epochs,
            owner: { show in show.rawValue.hasPrefix("h") ? OrganisationID("harbour") : nil })
    }

    private func document(_ json: [UInt8]) throws -> [String: String] {
        let members = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        return members.compactMapValues { $0 as? String }
    }

    @Test func `gets events as CloudEvents`() async throws {
        var reader = reader()
        let first = try #require(try await reader.take([event(1, of: "hall")]).first)
        let text = String(decoding: first.json, as: UTF8.self)
        #expect(
            text == """
                {"specversion":"1.0","id":"1.1","source":"/api/v1","type":"holdfast.WaitlistLeft.v1",\
                "subject":"shows/hall","time":"2023-11-14T22:13:20.000001Z",\
                "sequence":"0000000001.0000000000000000001","previous":"0000000001.0000000000000000000",\
                "organisation":"harbour","datacontenttype":"application/json",\
                "data":{"entryId":"e","userId":"u","leftAt":"1970-01-01T00:00:00.000Z"}}
                """)
    }

    @Test func `can tell a gap in whatever it selects`() async throws {
        var reader = reader(FeedSelection(show: ShowID("hall"), maySee: { _, _ in true }), after: 3)
        var last = try #require(LogPosition("1.3")).feedSequence
        var told: [String] = []
        for page in [[4, 5, 6], [7, 8], [9, 10, 11, 12]] as [[Int64]] {
            let events = page.map { event($0, of: $0 % 3 == 0 ? "hall" : "other") }
            for event in try await reader.take(events) {
                let document = try document(event.json)
                #expect(document["previous"] == last)
                last = try #require(document["sequence"])
                #expect(LogPosition(feedSequence: last) == event.place)
                told.append(event.place.description)
            }
        }
        #expect(told == ["1.6", "1.9", "1.12"])
        #expect(reader.position == 12)
    }

    @Test func `learns how far the log was looked at`() async throws {
        var reader = reader(FeedSelection(types: ["SeatsSold"], maySee: { _, _ in true }))
        #expect(try await reader.take([event(1, of: "hall"), event(2, of: "hall")]).isEmpty)
        let checkpoint = reader.checkpoint()
        #expect(checkpoint.place == LogPosition(epoch: 1, position: 2))
        #expect(try document(checkpoint.json)["previous"] == LogPosition(epoch: 1, position: 0).feedSequence)
        // What comes next follows the checkpoint.
        let next = try await reader.take([event(3, of: "hall", type: "SeatsSold")])
        #expect(try document(try #require(next.first).json)["previous"] == checkpoint.place.feedSequence)
    }

    @Test func `sees what is its organisation's, in every kind of stream`() async throws {
        var selection = FeedSelection { owner, _ in owner?.rawValue == "harbour" }
        let streams = ["hall", "other", "room:hall", "room:other", "organisation:harbour", "organisation:quay"]
        let page = streams.enumerated().map { index, stream in
            let type =
                stream.hasPrefix("room")
                ? "EntryJoined" : stream.hasPrefix("o") && stream.contains(":") ? "RoleAssigned" : "WaitlistLeft"
            return event(Int64(index) + 1, of: stream, type: type)
        }
        var organisation = reader(selection)
        #expect(try await organisation.take(page).map(\.place.position) == [1, 3, 5])
        // A role for one show says nothing of others, nor of the organisation.
        selection.maySee = { _, show in show == ShowID("hall") }
        var show = reader(selection)
        #expect(try await show.take(page).map(\.place.position) == [1, 3])
        // The show and its waiting room, not another whose id ends alike.
        var one = reader(FeedSelection(show: ShowID("all"), maySee: { _, _ in true }))
        #expect(try await one.take(page).isEmpty)
    }

    @Test func `of a venue sees whose it is`() async throws {
        let payload: [UInt8] = [0x0A, 1, 0x76, 0xA2, 0x06, 7] + Array("harbour".utf8)
        var venue = event(1, of: "venue:v", type: "VenueCreated")
        venue.event.payload = payload
        var mine = reader(FeedSelection { owner, _ in owner == OrganisationID("harbour") })
        #expect(try await mine.take([venue]).count == 1)
        var others = reader(FeedSelection { owner, _ in owner == nil })
        #expect(try await others.take([venue]).isEmpty)
    }

    @Test func `is not told of what this program can't read, nor of anything after it`() async throws {
        var reader = reader()
        var newer = event(2, of: "hall")
        newer.event.schemaVersion = 2
        await #expect(throws: FeedReader.Unreadable(position: 2)) {
            try await reader.take([event(1, of: "hall"), newer, event(3, of: "hall")])
        }
        #expect(reader.position == 0)
        await #expect(throws: FeedReader.Unreadable(position: 1)) {
            try await reader.take([event(1, of: "hall", type: "SomethingNew")])
        }
        await #expect(throws: FeedReader.Unreadable(position: 1)) {
            try await reader.take([event(1, of: "planet:mars")])
        }
    }

    /// Long pages are written by two threads: in order all the same, and up to the first event that nobody can tell.
    @Test(arguments: [[], [1], [40, 170], [101, 100], [170], [200]] as [[Int64]])
    func `of a long page gets all up to the first that can't be told`(unreadable: [Int64]) async throws {
        let page = (Int64(1)...200).map { position in
            // A type, or a stream, that this program does not know.
            switch unreadable.firstIndex(of: position) {
            case 0: event(position, of: "hall", type: "SomethingNew")
            case nil: event(position, of: "hall")
            default: event(position, of: "planet:mars")
            }
        }
        var reader = reader()
        let (events, stop) = try await reader.takeReadable(page)
        let first = unreadable.min()
        #expect(stop?.position == first)
        #expect(events.map(\.place.position) == Array(1..<(first ?? 201)))
        for (before, event) in zip(events, events.dropFirst()) {
            #expect(try document(event.json)["previous"] == before.place.feedSequence)
        }
    }

    @Test func `refuses a page that does not follow the one before`() async throws {
        var reader = reader()
        _ = try await reader.take([event(1, of: "hall")])
        await #expect(throws: FeedReader.OutOfOrder()) { try await reader.take([event(3, of: "hall")]) }
        await #expect(throws: FeedReader.OutOfOrder()) { try await reader.take([event(1, of: "hall")]) }
        #expect(try await reader.take([event(2, of: "hall")]).count == 1)
    }

    /// A failover cut off what came after the 80th, and one before it what came after the 100th.
    @Test func `goes on from where the log still is`() {
        let history = EpochHistory(epochs: [
            .init(epoch: 1, startsAfter: 0), .init(epoch: 2, startsAfter: 100), .init(epoch: 3, startsAfter: 80),
        ])
        func surviving(_ epoch: Int64, _ position: Int64) -> String {
            history.surviving(LogPosition(epoch: epoch, position: position)).description
        }
        #expect(surviving(1, 79) == "1.79" && surviving(1, 80) == "1.80")
        #expect(surviving(1, 90) == "1.80" && surviving(1, 120) == "1.80")
        #expect(surviving(2, 105) == "1.80")
        #expect(surviving(3, 105) == "3.105")
    }

    @Test func `sees each event under one id, whatever epochs follow`() {
        let history = EpochHistory(epochs: [
            .init(epoch: 1, startsAfter: 0), .init(epoch: 2, startsAfter: 100), .init(epoch: 3, startsAfter: 80),
        ])
        #expect(history.epoch(of: 1) == 1)
        #expect(history.epoch(of: 80) == 1)
        // What the second wrote was cut off.
        #expect(history.epoch(of: 81) == 3)
        #expect(history.epoch(of: 101) == 3)
    }

    @Test func `may come back with a token or with a sequence`() {
        let place = LogPosition(epoch: 12, position: 4711)
        #expect(place.feedSequence == "0000000012.0000000000000004711")
        #expect(LogPosition(feedSequence: place.feedSequence) == place)
        #expect(LogPosition(feedSequence: "12.4711") == place)
        for bad in [
            "", "12", "12.", "0012.4711", "0000000000.0000000000000004711", "0000000012.-000000000000004711",
            "0000000012.9999999999999999999", " 12.4711", "0000000012.0000000000000004711.",
            "٠000000012.0000000000000004711",
        ] {
            #expect(LogPosition(feedSequence: bad) == nil, "\(bad)")
        }
    }
}
