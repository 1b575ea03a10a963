import Contract
import Domain
import EventLog
import Foundation
import HTTPTypes
import Testing

@testable import CommandAPI
@testable import HTTPServer
@testable import WebAPI

@Suite("Venues, and shows in them", .timeLimit(.minutes(2)))
struct VenueTests {
    private static let plan =
        #"{"name":"Plan","categories":[{"name":"A"}],"zones":[{"rows":[{"seats":[{"seat_guid":"s1","category":"A"}]}]}]}"#

    private static func venue(_ more: String = "") -> String {
        #"{"name":"Große Halle","city":"Köln","timeZone":"Europe/Berlin""# + more + "}"
    }

    private static func show(_ more: String) -> String {
        #"{"name":"Night","artist":"Band","startsAt":"2040-01-01T20:00:00Z","currency":"EUR","prices":{"A":5000}"#
            + more + "}"
    }

    private func created(_ node: CommandNode, _ more: String) async throws -> String {
        let answer = try await node.post("/venues", by: "root:admin", Self.venue(more))
        #expect(answer.status == 201, "\(answer.body)")
        return try #require(answer.text("venueId"))
    }

    @Test("An admin creates one; the same key is the same venue") func create() async throws {
        try await CommandNode.run { node in
            let body = Self.venue(#","seatingPlan":\#(Self.plan)"#)
            let first = try await node.post("/venues", by: "root:admin", body, key: "k")
            #expect(first.status == 201)
            #expect(first.number("capacity") == 1)
            let id = try #require(first.text("venueId"))
            #expect(first.headers[.location] == "/api/v1/venues/\(id)")
            #expect(first.headers[.sequence] == "1.1")
            let again = try await node.post("/venues", by: "root:admin", body, key: "k")
            #expect(again.body == first.body)
            #expect(again.headers[.idempotentReplayed] == "true")
            let other = try await node.post("/venues", by: "root:admin", Self.venue(), key: "k")
            #expect(other.problem == "422 idempotency-key-reused none")
            #expect(await node.eventCount == 1)
            #expect(try await node.post("/venues", by: "ann", body).problem == "403 forbidden none")
            let command = try await node.ask(
                .get, "/commands/\(try #require(first.headers[.commandID]))", by: "root:admin")
            #expect(command.body.contains(#""venueId":"\#(id)""#))
        }
    }

    @Test(
        "What can't be is refused, and says what is wrong",
        arguments: [
            (#"{"name":"a","city":"b"}"#, 400, "timeZone"),
            (#"{"name":"a","city":"b","timeZone":"Mars/Olympus"}"#, 400, "timeZone"),
            (#"{"name":"a","city":"b","timeZone":"GMT+3"}"#, 400, "timeZone"),
            (#"{"name":"a","city":"b","timeZone":7}"#, 400, "timeZone"),
            (#"{"name":"a","city":"b","timeZone":"UTC","country":"Germany"}"#, 422, "country"),
            (#"{"name":"a","city":"b","timeZone":"UTC","location":{"lat":91,"lon":0}}"#, 422, "location"),
            (#"{"name":"a","city":"b","timeZone":"UTC","location":{"lat":9}}"#, 400, "location.lon"),
            (#"{"name":"\u0007","city":"b","timeZone":"UTC"}"#, 400, "name"),
        ])
    func invalid(body: String, status: Int, named: String) async throws {
        try await CommandNode.run { node in
            let answer = try await node.post("/venues", by: "root:admin", body)
            #expect(answer.status == status, "\(answer.body)")
            #expect(answer.text("detail")?.contains(named) == true, "\(answer.body)")
            #expect(answer.text("outcome") == "none")
            #expect(await node.eventCount == 0)
        }
    }

    @Test("A show copies what its venue has") func showInVenue() async throws {
        try await CommandNode.run { node in
            let venue = try await created(
                node,
                #","country":"DE","location":{"lat":50.9,"lon":6.9},"seatingPlan":\#(Self.plan),"areas":[{"areaId":"f","name":"F","capacity":7,"category":"A"}]"#
            )
            let body = Self.show(#","venueId":"\#(venue)","category":"concert","draft":true"#)
            let answer = try await node.post("/shows", by: "root:admin", body, key: "s")
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer.number("capacity") == 8)
            let event = try #require(await node.log.events(after: 1, limit: 1).first)
            guard case .created(let show) = try event.event.decoded() else {
                Issue.record("no show")
                return
            }
            #expect(
                show.venue
                    == Venue(
                        name: "Große Halle", city: "Köln", venueID: VenueID(venue), country: "DE",
                        timeZone: "Europe/Berlin", location: Location(latitude: 50.9, longitude: 6.9)))
            #expect(show.plan?.seatCount == 1)
            #expect(show.category == "concert")
            #expect(show.isDraft)
            let again = try await node.post("/shows", by: "root:admin", body, key: "s")
            #expect(again.body == answer.body)
            let own = try await node.post(
                "/shows", by: "root:admin",
                Self.show(#","venueId":"\#(venue)","areas":[{"areaId":"g","name":"G","capacity":2,"category":"A"}]"#))
            #expect(own.number("capacity") == 3)
            let id = try #require(answer.text("showId"))
            let hold = try await node.post("/shows/\(id)/holds", by: "ann", #"{"quantity":1}"#)
            #expect(hold.problem == "404 show-not-found rejected")
        }
    }

    @Test("Of a venue that is not there, or beside one, nothing is created") func mismatches() async throws {
        try await CommandNode.run { node in
            let venue = try await created(node, #","seatingPlan":\#(Self.plan)"#)
            let unknown = try await node.post("/shows", by: "root:admin", Self.show(#","venueId":"nowhere""#))
            #expect(unknown.problem == "422 unknown-venue none")
            for (more, status) in [
                (#","venueId":"\#(venue)","seatingPlan":\#(Self.plan)"#, 400),
                (#","venueId":"\#(venue)","venue":{"name":"a","city":"b"}"#, 400),
                ("", 400), (#","venueId":"a b""#, 400), (#","venueId":"\#(String(repeating: "v", count: 64))""#, 422),
            ] {
                let answer = try await node.post("/shows", by: "root:admin", Self.show(more))
                #expect(answer.status == status, "\(answer.body)")
                #expect(answer.text("detail")?.contains("venue") == true, "\(answer.body)")
            }
            let unpriced = Self.show(#","venueId":"\#(venue)""#).replacing(#""A":"#, with: #""B":"#)
            #expect(try await node.post("/shows", by: "root:admin", unpriced).problem == "422 invalid-show none")
            #expect(await node.eventCount == 1)
        }
    }
}
