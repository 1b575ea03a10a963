import Contract
import Domain
import EventLog
import Following
import HTTPServer
import HTTPTypes
import Hummingbird
import Projection
import Testing
import Venues

@Suite("Venues as they are read, and drafts that are not", .timeLimit(.minutes(2)))
struct VenueReadTests {
    private static let admin: HTTPFields = [.authorization: "root:admin"]

    private static func venue(_ id: String, plan: SeatingPlan? = nil) -> VenueEvent {
        .created(
            VenueCreated(
                venueID: VenueID(id), name: "Große Halle", city: "Köln", country: "DE", timeZone: "Europe/Berlin",
                location: Location(latitude: 50.5, longitude: -6), plan: plan.map(KeptPlan.unpacked),
                areas: [Area(areaID: AreaID("f"), name: "F", capacity: 7, category: "A")],
                createdAt: Timestamp(microseconds: 0)))
    }

    /// Three venues, of which the second has seats.
    private func node() async throws -> QueryNode {
        let log = InMemoryEventLog()
        for id in ["a", "b", "c"] {
            let plan = id == "b" ? ShowCreated.sample(seats: 3).seatingPlan : nil
            try await log.append(Self.venue(id, plan: plan), to: VenueID(id).stream)
        }
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        return node
    }

    @Test("One by one, and page by page") func read() async throws {
        let node = try await node()
        await node.apply(upTo: 3)
        let one = try await node.get("/venues/b")
        #expect(one.status == .ok)
        #expect(
            try await one.text()
                == #"{"venueId":"b","name":"Große Halle","city":"Köln","country":"DE","timeZone":"Europe/Berlin","#
                + #""location":{"lat":50.5,"lon":-6},"hasSeatingPlan":true,"#
                + #""areas":[{"areaId":"f","name":"F","capacity":7,"category":"A"}],"capacity":10,"#
                + #""createdAt":"1970-01-01T00:00:00.000Z","version":"1.2"}"#)
        #expect(try await node.get("/venues/b/seating-plan").text().contains(#""seat_guid":"s2""#))
        #expect(try await node.get("/venues/b/seating-plan", [.ifNoneMatch: "\"b\""]).status == .notModified)
        #expect(try await node.get("/venues/a/seating-plan").code() == "not-found")
        #expect(try await node.get("/venues/d").code() == "venue-not-found")
        #expect(try await node.get("/venues/venue:a").code() == "venue-not-found")
        let page = try await node.get("/venues?limit=2").text()
        #expect(page.contains(#""venueId":"a""#) && page.contains(#""nextCursor":"2""#))
        let rest = try await node.get("/venues?limit=2&cursor=2").text()
        #expect(rest.contains(#""venueId":"c""#) && !rest.contains("nextCursor"))
        for query in ["limit=0", "limit=101", "cursor=-1", "cursor=9", "cursor=a", "cursor=1.x"] {
            #expect(try await node.get("/venues?\(query)").status == .badRequest, "\(query)")
        }
    }

    @Test("As fresh as asked") func fresh() async throws {
        let node = try await node()
        await node.apply(upTo: 1)
        #expect(try await node.get("/venues/c", .seen("1.3", wait: 0)).code() == "replica-behind")
        async let waiting = node.get("/venues/c", .seen("1.3", wait: 10))
        await node.apply(upTo: 3)
        #expect(try await waiting.status == .ok)
    }

    @Test("A snapshot gives the same view back") func snapshot() async throws {
        var view = Venues()
        for (position, id) in ["a", "b"].enumerated() {
            try view.fold(
                Self.venue(id, plan: ShowCreated.sample(seats: 2).seatingPlan),
                in: EventContext(
                    position: Int64(position) + 1, stream: VenueID(id).stream, recordedAt: Timestamp(microseconds: 0)))
        }
        let again = try Venues(encoded: view.encoded)
        #expect(again.encoded == view.encoded)
        #expect(again.lines == view.lines)
        #expect(throws: ProjectionFault.self) {
            try view.fold(
                Self.venue("a"),
                in: EventContext(position: 3, stream: VenueID("a").stream, recordedAt: Timestamp(microseconds: 0)))
        }
        #expect(throws: ProjectionFault.self) {
            try view.fold(
                Self.venue("d"),
                in: EventContext(position: 3, stream: VenueID("e").stream, recordedAt: Timestamp(microseconds: 0)))
        }
    }

    @Test("A plan is compressed for who takes it so, under a tag of its own") func compressed() async throws {
        let node = try await node()
        await node.apply(upTo: 3)
        let path = "/venues/b/seating-plan"
        let plain = try await node.get(path)
        #expect(plain.headers[.contentEncoding] == nil && plain.headers[.vary] == "Accept-Encoding")
        let tag = try #require(plain.headers[.eTag])
        for encodings in ["gzip", "br;q=1, gzip;q=0.5", "*"] {
            let compressed = try await node.get(path, [.acceptEncoding: encodings])
            #expect(compressed.headers[.contentEncoding] == "gzip" && compressed.headers[.vary] == "Accept-Encoding")
            let other = try #require(compressed.headers[.eTag])
            #expect(other != tag)
            #expect(
                try await node.get(path, [.acceptEncoding: encodings, .ifNoneMatch: other]).status == .notModified)
            #expect(try await node.get(path, [.ifNoneMatch: other]).status == .ok)
        }
        for encodings in ["identity", "gzip;q=0", "br", "gzip;q=0, *", "gzip;q=x"] {
            let answer = try await node.get(path, [.acceptEncoding: encodings])
            #expect(answer.headers[.eTag] == tag, "\(encodings)")
        }
    }

    @Test("Nobody but an admin learns of a draft") func drafts() async throws {
        let log = InMemoryEventLog()
        var draft = ShowCreated.sample(seats: 3)
        draft.isDraft = true
        draft.organisationID = OrganisationID("acme")
        try await log.append([.created(draft)])
        let node = QueryNode(log: log)
        node.enter(epoch: 1)
        await node.apply(upTo: 1)
        for path in ["", "/seating-plan", "/availability", "/availability?since=1.1", "/availability/stream"] {
            let hidden = try await node.get("/shows/show\(path)")
            let none = try await node.get("/shows/none\(path)")
            #expect(hidden.status == .notFound, "\(path)")
            #expect(try await hidden.code() == "show-not-found")
            #expect(hidden.headers[.sequence] == none.headers[.sequence])
        }
        #expect(try await node.get("/shows").text() == #"{"shows":[]}"#)
        #expect(try await node.get("/shows/show", Self.admin).text().contains(#""status":"draft""#))
        #expect(try await node.get("/shows", Self.admin).text().contains(#""showId":"show""#))
        for path in ["/shows", "/shows/show", "/shows/show/seating-plan", "/shows/show/availability"] {
            let answer = try await node.get(path, Self.admin)
            #expect(answer.headers[.cacheControl] == "private, no-store", "\(path)")
        }
        let own = try await node.get("/shows", [.authorization: "ann:organiser:acme"])
        #expect(own.headers[.cacheControl] == "private, no-store")
        #expect(try await own.text().contains(#""showId":"show""#))
        for other in ["eve:scanner", "eve:scanner:acme", "eve:organiser:bolt"] {
            #expect(try await node.get("/shows/show", [.authorization: other]).status == .notFound)
            #expect(try await node.get("/shows", [.authorization: other]).text() == #"{"shows":[]}"#)
        }
    }
}

extension InMemoryEventLog {
    fileprivate func append(_ event: VenueEvent, to stream: StreamID) async throws {
        let head = head()
        _ = try await append(
            AppendBatch(
                epoch: head.epoch,
                streams: [
                    StreamAppend(
                        stream: stream, expectedVersion: 0,
                        commands: [
                            DecidedCommand(
                                id: CommandID(high: 9, low: UInt64(head.position) + 1), principal: "root",
                                fingerprint: [], outcome: [], events: [EncodedEvent(event)])
                        ])
                ]))
    }
}
