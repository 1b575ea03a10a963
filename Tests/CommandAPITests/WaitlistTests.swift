import Contract
import Domain
import EventLog
import Foundation
import HTTPTypes
import Testing

@testable import CommandAPI
@testable import HTTPServer
@testable import WebAPI

@Suite("A waiting list over HTTP", .timeLimit(.minutes(2)))
struct WaitlistTests {
    /// A show whose ten seats `owner` holds, two by two; returns these holds.
    private static func soldOut(_ node: CommandNode) async throws -> (show: ShowID, holds: [String]) {
        let show = try await node.show()
        var holds: [String] = []
        for pair in stride(from: 1, to: 10, by: 2) {
            let held = try await node.post(
                "/shows/\(show)/holds", by: "owner", #"{"seats":["s\#(pair)","s\#(pair + 1)"]}"#)
            holds.append(try #require(held.text("holdId"), "\(held.body)"))
        }
        return (show, holds)
    }

    private static func join(
        _ node: CommandNode, _ show: ShowID, by user: String?, _ body: String = #"{"quantity":2,"category":"A"}"#,
        key: String? = nil
    ) async throws -> Answer { try await node.post("/shows/\(show)/waitlist", by: user, body, key: key) }

    private static func release(_ node: CommandNode, _ hold: String, by user: String) async throws -> Answer {
        try await node.ask(.delete, "/holds/\(hold)", by: user)
    }

    @Test("Who joins gets an entry and a place; the same key is the same entry") func joins() async throws {
        try await CommandNode.run { node in
            let (show, _) = try await Self.soldOut(node)
            let first = try await Self.join(node, show, by: "ann", key: "k")
            #expect(first.status == 201, "\(first.body)")
            let entry = try #require(first.text("entryId"))
            #expect(first.headers[.location] == "/api/v1/waitlist/\(entry)")
            #expect(first.text("showId") == "\(show)")
            #expect(first.text("userId") == "ann")
            #expect(first.text("status") == "waiting")
            #expect(first.text("category") == "A")
            #expect(first.number("place") == 1)
            #expect(first.number("quantity") == 2)
            #expect(try await Self.join(node, show, by: "bob").number("place") == 2)
            let again = try await Self.join(node, show, by: "ann", key: "k")
            #expect(again.body == first.body)
            #expect(again.headers[.idempotentReplayed] == "true")
            let second = try await Self.join(node, show, by: "ann")
            #expect(second.problem == "409 already-on-waitlist rejected")
            #expect(second.text("entryId") == entry)
            let command = try await node.ask(
                .get, "/commands/\(try #require(first.headers[.commandID]))", by: "ann")
            #expect(command.body.contains(#""entryId":"\#(entry)""#))
        }
    }

    @Test("An answer tells nothing of what others are offered") func answersOfOthers() async throws {
        try await CommandNode.run { node in
            let (show, holds) = try await Self.soldOut(node)
            _ = try await Self.join(node, show, by: "ann")
            _ = try await Self.join(node, show, by: "bob")
            let before = await node.eventCount
            let released = try await node.ask(.delete, "/holds/\(holds[0])", by: "owner", key: "r")
            #expect(released.status == 204)
            #expect(released.body.isEmpty)
            // The release, the offer and its hold.
            #expect(await node.eventCount == before + 3)
            let command = try await node.ask(
                .get, "/commands/\(try #require(released.headers[.commandID]))", by: "owner")
            #expect(command.body.contains(#""outcome":{"holdId":"\#(holds[0])""#), "\(command.body)")
            #expect(!command.body.contains("ann"))
            #expect(try await node.ask(.delete, "/holds/\(holds[0])", by: "owner", key: "r").status == 204)

            // A hold that makes its own place first: the fencing token is its own event's.
            let dropped = try await node.ask(.patch, "/holds/\(holds[1])", by: "owner", #"{"drop":{"seats":["s3"]}}"#)
            #expect(dropped.status == 200)
            #expect(dropped.texts("seats") == ["s4"])
            let last = try await node.ask(.patch, "/holds/\(holds[1])", by: "owner", #"{"add":{"areas":{"floor":1}}}"#)
            #expect(last.number("fencingToken").map(Int64.init) == (await node.eventCount))
        }
    }

    @Test("An offer is a hold of its own, that says whose it is; to leave declines it") func offers() async throws {
        try await CommandNode.run { node in
            let (show, holds) = try await Self.soldOut(node)
            let ann = try #require(try await Self.join(node, show, by: "ann").text("entryId"))
            let bob = try #require(try await Self.join(node, show, by: "bob").text("entryId"))
            #expect(try await Self.release(node, holds[0], by: "owner").status == 204)
            // The hold has the entry's id.
            #expect(try await node.post("/holds/\(ann)/extend", by: "ann").problem == "409 hold-at-limit rejected")
            #expect(
                try await node.ask(.delete, "/waitlist/\(ann)", by: "bob").problem
                    == "404 waitlist-entry-not-found rejected")
            #expect(try await node.ask(.delete, "/waitlist/\(ann)", by: "ann").status == 204)
            #expect(
                try await node.ask(.delete, "/waitlist/\(ann)", by: "ann").problem
                    == "404 waitlist-entry-not-found rejected")
            let changed = try await node.ask(.patch, "/holds/\(bob)", by: "bob", #"{"drop":{"seats":["s2"]}}"#)
            #expect(changed.text("offerOf") == bob, "\(changed.body)")
            #expect(changed.texts("seats") == ["s1"])
            // Nobody waits any more: what is dropped is anybody's.
            #expect(try await node.post("/shows/\(show)/holds", by: "x", #"{"seats":["s2"]}"#).status == 201)
            let third = try await Self.join(node, show, by: "cy", #"{"quantity":1,"areas":["floor"]}"#)
            #expect(third.text("status") == "offered", "\(third.body)")
            #expect(third.text("holdId") == third.text("entryId"))
            #expect(third.has("expiresAt") && !third.has("place"))
        }
    }

    @Test("An offer is ordered like any hold") func ordered() async throws {
        try await CommandNode.run { node in
            let (show, holds) = try await Self.soldOut(node)
            let entry = try #require(try await Self.join(node, show, by: "ann").text("entryId"))
            #expect(try await Self.release(node, holds[0], by: "owner").status == 204)
            let order = OrderID("\(show)-o")
            let offer = try #require(
                try await node.log.events(after: 0, limit: 1_000).last { recorded in
                    guard case .hold(.placed(let placed)) = try recorded.event.decoded() else { return false }
                    return placed.offerOf == WaitlistEntryID(entry)
                })
            try await node.submit(
                .startPurchase(
                    StartPurchase(
                        orderID: order, holdID: HoldID(entry), userID: UserID("ann"), fencingToken: offer.position,
                        paymentMethod: "pm_card")), on: show)
            #expect(
                try await node.ask(.delete, "/waitlist/\(entry)", by: "ann").problem
                    == "409 purchase-in-progress rejected")
            try await node.submit(.payment(.authorized("pay"), of: order), on: show)
            #expect(try await Self.join(node, show, by: "ann").number("place") == 1)
        }
    }

    @Test(
        "What can't be is refused, and says what is wrong",
        arguments: [
            (#"{}"#, "400 invalid-request none"), (#"{"quantity":"2"}"#, "400 invalid-request none"),
            (#"{"quantity":-1}"#, "400 invalid-request none"), (#"{"quantity":0}"#, "422 empty-hold rejected"),
            (#"{"quantity":7}"#, "422 too-many-seats rejected"),
            (#"{"quantity":9223372036854775807}"#, "422 too-many-seats rejected"),
            (#"{"quantity":1,"colour":"red"}"#, "400 unknown-member none"),
            (#"{"quantity":1,"category":"A","zone":"x"}"#, "400 invalid-request none"),
            (#"{"quantity":1,"category":"A","row":"x"}"#, "400 invalid-request none"),
            (#"{"quantity":1,"areas":["floor"],"zone":"x","row":"1"}"#, "400 invalid-request none"),
            (#"{"quantity":1,"areas":[]}"#, "400 invalid-request none"),
            (#"{"quantity":1,"areas":["a b"]}"#, "422 unknown-area none"),
            (#"{"quantity":1,"areas":["nowhere"]}"#, "422 unknown-area rejected"),
            (#"{"quantity":1,"category":"Z"}"#, "422 unknown-category rejected"),
            (#"{"quantity":1,"category":"\u0007"}"#, "422 unknown-category none"),
            (#"{"quantity":1,"zone":"Z"}"#, "422 unknown-zone rejected"),
            (#"{"quantity":1,"zone":""}"#, "400 invalid-request none"),
            (#"{"quantity":1,"row":"Z"}"#, "422 unknown-row rejected"),
            (#"{"quantity":1,"accessible":true}"#, "422 waitlist-unfillable rejected"),
            (#"{"quantity":1,"ticketTypes":{"child":1}}"#, "422 unknown-ticket-type rejected"),
            (#"{"quantity":1,"ticketTypes":{"child":2}}"#, "400 invalid-request none"),
            (#"{"quantity":1,"ticketTypes":{"child":0}}"#, "400 invalid-request none"),
            (#"{"quantity":1,"ticketTypes":{"s1":"child"}}"#, "400 invalid-request none"),
        ])
    func invalid(body: String, problem: String) async throws {
        try await CommandNode.run { node in
            let (show, _) = try await Self.soldOut(node)
            let answer = try await Self.join(node, show, by: "ann", body)
            #expect(answer.problem == problem, "\(answer.body)")
        }
    }

    @Test("What is not there is not found") func notThere() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            #expect(try await Self.join(node, ShowID("nowhere"), by: "ann").problem == "404 show-not-found none")
            for (id, outcome) in [("x", "none"), ("\(show)-x", "rejected"), ("%20", "none")] {
                #expect(
                    try await node.ask(.delete, "/waitlist/\(id)", by: "ann").problem
                        == "404 waitlist-entry-not-found \(outcome)")
            }
            #expect(try await Self.join(node, show, by: nil).status == 401)
        }
    }

    @Test("How long an offer lasts, and how many entries one has, are the show's to say") func settings() async throws {
        try await CommandNode.run { node in
            let (show, holds) = try await Self.soldOut(node)
            let changed = try await node.ask(
                .patch, "/shows/\(show)", by: "root:admin", #"{"offerSeconds":60,"waitlistEntriesPerUser":2}"#)
            #expect(changed.status == 200, "\(changed.body)")
            #expect(changed.number("offerSeconds") == 60)
            #expect(changed.number("waitlistEntriesPerUser") == 2)
            let entry = try #require(try await Self.join(node, show, by: "ann").text("entryId"))
            #expect(try await Self.join(node, show, by: "ann").status == 201)
            #expect(try await Self.release(node, holds[0], by: "owner").status == 204)
            let recorded = try await node.log.events(after: await node.eventCount - 1, limit: 1).first?.event.decoded()
            guard case .hold(.placed(let offer))? = recorded else {
                Issue.record("the last event is the offer's hold")
                return
            }
            #expect(offer.offerOf == WaitlistEntryID(entry))
            #expect(offer.expiresAt == offer.placedAt.adding(seconds: 60))
            for (body, problem) in [
                (#"{"offerSeconds":0}"#, "422 invalid-change rejected"),
                (#"{"waitlistEntriesPerUser":101}"#, "422 invalid-change rejected"),
                (#"{"offerSeconds":null}"#, "400 invalid-request none"),
            ] {
                #expect(try await node.ask(.patch, "/shows/\(show)", by: "root:admin", body).problem == problem)
            }
        }
    }
}
