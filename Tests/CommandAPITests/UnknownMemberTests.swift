import Domain
import HTTPServer
import HTTPTypes
import Testing

@testable import WebAPI

/// A command is never half understood.
@Suite struct `What a command does not know` {
    @Test(arguments: [
        ("/shows/@/holds", #"{"quantity":2,"acessible":true}"#, ["acessible"]),
        ("/shows/@/holds", #"{"seats":["s1"],"price":1,"ticket":{"s1":"child"}}"#, ["price", "ticket"]),
        (
            "/shows",
            #"{"name":"n","artist":"a","venue":{"name":"Hall","city":"Gent","floor":"3"},"startsAt":"2040-01-01T20:00:00Z","currency":"EUR","prices":{"A":1},"areas":[{"areaId":"a","name":"A","capacity":1,"category":"A","colour":"red"}],"colour":1}"#,
            ["colour", "venue.floor", "areas[0].colour"]
        ),
        ("/orders", #"{"holdID":"h","fencingToken":1,"paymentMethod":"pm"}"#, ["holdID"]),
        ("/orders/@-o1/refund", #"{"tickets":null,"reason":"rain"}"#, ["reason"]),
        (
            "/orders/@-o1/swap", #"{"swaps":[{"ticket":"@-o1-1","seat":"s1","price":1}],"free":true}"#,
            ["free", "swaps[0].price"]
        ),
        ("/tickets/@-o1-1/transfer", #"{"to":"bob","price":5}"#, ["price"]),
        ("/tickets/@-o1-1/transfer/accept", #"{"from":"ann"}"#, ["from"]),
        ("/tickets/@-o1-1/resale", #"{"price":9900}"#, ["price"]),
        ("/tickets/@-o1-1/scan", #"{"code":"c","lane":"north"}"#, ["lane"]),
        ("/shows/@/cancel", #"{"reason":"rain"}"#, ["reason"]),
        ("/payments/@-o1/retry", #"{"force":true}"#, ["force"]),
    ])
    func `is named, and nothing is recorded`(_ path: String, _ body: String, _ places: [String]) async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let before = await node.eventCount
            let answer = try await node.post(
                path.replacing("@", with: show.rawValue), by: "root:admin", body)
            #expect(answer.problem == "400 unknown-member none")
            #expect(answer.texts("unknown") == places)
            #expect(await node.eventCount == before)
        }
    }

    @Test func `may be nothing at all, where a command needs no body`() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", #"{"quantity":1}"#)
            let path = "/holds/\(basket.hold)"
            #expect(try await node.ask(.delete, path, by: "ann", #"{"why":1}"#).problem == "400 unknown-member none")
            #expect(try await node.ask(.delete, path, by: "ann", "[]").problem == "400 invalid-request none")
            #expect(try await node.ask(.delete, path, by: "ann", "x").problem == "400 invalid-json none")
            // With or without an empty object it is the same command.
            #expect(try await node.ask(.delete, path, by: "ann", " {} ", key: "same").status == 204)
            let again = try await node.ask(.delete, path, by: "ann", key: "same")
            #expect(again.status == 204)
            #expect(again.headers[.idempotentReplayed] == "true")
        }
    }

    @Test func `begins after a byte order mark`() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let held = try await node.post("/shows/\(show)/holds", by: "ann", "\u{FEFF}{\"quantity\":1}")
            #expect(held.status == 201)
        }
    }
}
