import Domain
import HTTPTypes
import Testing

@testable import HTTPServer

@Suite("Buying what is held in several holds", .timeLimit(.minutes(5)))
struct SeveralHoldsTests {
    private func order(
        _ baskets: [CommandNode.Basket], on node: CommandNode, key: String = "several", wait: Int = 30
    ) async throws -> Answer {
        let holds = baskets.map { #"{"holdId":"\#($0.hold)","fencingToken":\#($0.fencingToken)}"# }
        return try await node.ask(
            .post, "/orders", by: "ann", #"{"holds":[\#(holds.joined(separator: ","))],"paymentMethod":"pm_card"}"#,
            key: key, wait: wait)
    }

    @Test("201 with the tickets of all of them; asked again, it names the order for each") func paid() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let first = try await node.basket(show, by: "ann", #"{"seats":["s2"]}"#)
            let second = try await node.basket(show, by: "ann", #"{"seats":["s1"],"areas":{"floor":1}}"#)
            async let waiting = order([first, second], on: node)
            let id = try await node.follower.nextOrder()
            try await node.submit(.payment(.authorized("pay"), of: id), on: show)
            try await node.submit(.payment(.captured, of: id), on: show)
            let answer = try await waiting
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer.number("total") == 10_000)
            #expect(answer.text("holdId") == first.hold)
            #expect(answer.body.contains("\"\(id)-3\""))
            let again = try await order([first, second], on: node)
            #expect(again.body == answer.body)
            #expect(again.headers[.idempotentReplayed] == "true")
            for basket in [first, second] {
                let other = try await order([basket], on: node, key: "again-\(basket.hold)")
                #expect(other.problem == "409 already-ordered rejected")
                #expect(other.text("orderId") == "\(id)")
            }
        }
    }

    @Test("402 with the one hold that is left, which can be paid for in another way") func declined() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let first = try await node.basket(show, by: "ann", #"{"seats":["s2"]}"#)
            let second = try await node.basket(show, by: "ann", #"{"seats":["s1"]}"#)
            async let waiting = order([first, second], on: node)
            let id = try await node.follower.nextOrder()
            try await node.submit(.payment(.declined("no_funds"), of: id), on: show)
            let answer = try await waiting
            #expect(answer.problem == "402 payment-declined rejected")
            #expect(answer.text("holdId") == first.hold)
            var merged = first
            merged.fencingToken = try #require(answer.number("fencingToken"))
            let gone = try await order([merged, second], on: node, key: "gone")
            #expect(gone.problem == "404 hold-not-found rejected")
            #expect(gone.text("holdId") == second.hold)
            let another = try await order([merged], on: node, key: "another-card", wait: 0)
            #expect(another.status == 202, "\(another.body)")
            #expect(another.number("total") == 10_000)
        }
    }

    @Test("All or nothing: the refusal names the hold that it fails on, and nothing is changed")
    func refused() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let first = try await node.basket(show, by: "ann", #"{"seats":["s1"]}"#)
            var second = try await node.basket(show, by: "ann", #"{"seats":["s2"]}"#)
            let bobs = try await node.basket(show, by: "bob", #"{"seats":["s3"]}"#)
            let before = await node.eventCount
            let foreign = try await order([first, bobs], on: node, key: "foreign")
            #expect(foreign.problem == "404 hold-not-found rejected")
            #expect(foreign.text("holdId") == bobs.hold)
            second.fencingToken += 1
            let stale = try await order([first, second], on: node, key: "stale")
            #expect(stale.problem == "409 stale-fencing-token rejected")
            #expect(stale.text("holdId") == second.hold)
            #expect(await node.eventCount == before)
        }
    }

    @Test("What can't be meant never reaches the log") func badBodies() async throws {
        try await CommandNode.run { node in
            let (show, other) = (try await node.show(), try await node.show())
            let basket = try await node.basket(show, by: "ann", #"{"seats":["s1"]}"#)
            let elsewhere = try await node.basket(other, by: "ann", #"{"seats":["s1"]}"#)
            let before = await node.eventCount
            #expect(try await order([basket, elsewhere], on: node).problem == "422 holds-of-several-shows none")
            #expect(try await order([basket, basket], on: node).problem == "400 invalid-request none")
            #expect(try await order([], on: node).problem == "400 invalid-request none")
            let many = try await order(
                (0..<21).map { number in
                    var one = basket
                    one.hold += "\(number)"
                    return one
                }, on: node)
            #expect(many.problem == "400 invalid-request none")
            let one = #"{"holdId":"\#(basket.hold)","fencingToken":1}"#
            for body in [
                #"{"holds":[\#(one)],"holdId":"\#(basket.hold)","fencingToken":1,"paymentMethod":"pm"}"#,
                #"{"holds":[\#(one)],"fencingToken":1,"paymentMethod":"pm"}"#,
                #"{"holdId":"\#(basket.hold)","paymentMethod":"pm"}"#, #"{"paymentMethod":"pm"}"#,
                #"{"holds":[{"holdId":"\#(basket.hold)"}],"paymentMethod":"pm"}"#,
            ] {
                #expect(
                    try await node.post("/orders", by: "ann", body).problem == "400 invalid-request none", "\(body)")
            }
            let unknown = try await node.post(
                "/orders", by: "ann",
                #"{"holds":[{"holdId":"\#(basket.hold)","fencingToken":1,"price":1}],"paymentMethod":"pm"}"#)
            #expect(unknown.problem == "400 unknown-member none")
            #expect(await node.eventCount == before)
        }
    }
}
