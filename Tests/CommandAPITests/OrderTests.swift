import Domain
import EventLog
import Following
import Projection
import HTTPTypes
import OpenPayments
import Testing

@testable import HTTPServer

@Suite("Buying what is held", .timeLimit(.minutes(5)))
struct OrderTests {
    private static let seat = #"{"seats":["s1"]}"#

    /// Places an order that somebody pays at once.
    private func bought(
        _ basket: CommandNode.Basket, of show: ShowID, on node: CommandNode
    ) async throws -> (OrderID, Answer) {
        async let answer = node.buy(basket, wait: 30)
        let order = try await node.follower.nextOrder()
        try await node.submit(.payment(.authorized("pay"), of: order), on: show)
        try await node.submit(.payment(.captured, of: order), on: show)
        return (order, try await answer)
    }

    @Test("201 with the tickets when it is paid, and the same again") func paid() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            let (order, answer) = try await bought(basket, of: show, on: node)
            #expect(answer.status == 201, "\(answer.body)")
            #expect(answer.headers[.location] == "/api/v1/orders/\(order)")
            #expect(answer.headers[.sequence] == "1.\(await node.eventCount)")
            #expect(answer.headers[.idempotentReplayed] == nil)
            #expect(answer.headers[.retryAfter] == nil)
            #expect(answer.text("status") == "completed")
            #expect(answer.number("total") == 10_000)
            #expect(answer.body.contains("\"\(order)-2\""))
            #expect(node.follower.known(order) == nil)

            let again = try await node.buy(basket)
            #expect(again.status == 201)
            #expect(again.body == answer.body)
            #expect(again.headers[.commandID] == answer.headers[.commandID])
            #expect(again.headers[.idempotentReplayed] == "true")
            #expect(node.history.patience == [.seconds(2)])
        }
    }

    @Test("402 when the card is declined, with what it takes to try another") func declined() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            // What is left of the hold's time is less than there is to pay in.
            node.clock.advance(seconds: 250)
            async let waiting = node.buy(basket, wait: 30)
            let order = try await node.follower.nextOrder()
            try await node.submit(.payment(.declined("no_funds"), of: order), on: show)
            let answer = try await waiting
            #expect(answer.problem == "402 payment-declined rejected")
            #expect(answer.text("orderId") == "\(order)")
            #expect(answer.text("declineCode") == "no_funds")
            #expect(answer.headers[.commandID] != nil)
            let again = try await node.buy(basket)
            #expect(again.body == answer.body)
            #expect(again.headers[.idempotentReplayed] == "true")

            var another = basket
            another.key = "stale"
            #expect(try await node.buy(another).problem == "409 stale-fencing-token rejected")
            another.key = "another-card"
            another.fencingToken = try #require(answer.number("fencingToken"))
            #expect(try await node.buy(another, wait: 0).status == 202)
        }
    }

    @Test("202 and a place to look where it takes longer than the caller would wait") func pending() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            let first = try await node.buy(basket, wait: 0)
            let order = try await node.follower.nextOrder()
            let again = try await node.buy(basket, wait: 0)
            for answer in [first, again] {
                #expect(answer.status == 202)
                #expect(answer.headers[.location] == "/api/v1/orders/\(order)")
                #expect(answer.headers[.retryAfter] == "1")
                #expect(answer.text("status") == "pending")
            }
            #expect(again.headers[.idempotentReplayed] == "true")
            try await node.submit(.payment(.authorized("pay"), of: order), on: show)
            #expect(try await node.buy(basket, wait: 0).text("status") == "confirmed")
            try await node.submit(.payment(.captured, of: order), on: show)
            #expect(try await node.buy(basket, wait: 0).status == 201)
        }
    }

    @Test("201 at once for what costs nothing, also on a node that lags behind") func free() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", #"{"areas":{"floor":2}}"#)
            node.follower.stand()
            for wait in [0, 30] {
                let answer = try await node.buy(basket, wait: wait)
                #expect(answer.status == 201)
                #expect(answer.text("status") == "completed")
                #expect(answer.headers[.sequence] == "1.\(await node.eventCount)")
            }
        }
    }

    @Test("The same answer while a refund is on its way, and after it") func refunded() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            let (order, _) = try await bought(basket, of: show, on: node)
            #expect(try await node.post("/orders/\(order)/refund", by: "ann").status == 200)
            #expect(node.follower.known(order)?.isRefundOnly == true)
            let during = try await node.buy(basket)
            try await node.submit(.payment(.refunded(RefundID("\(order)-r1")), of: order), on: show)
            #expect(node.follower.known(order) == nil)
            let after = try await node.buy(basket)
            for answer in [during, after] {
                #expect(answer.status == 201, "\(answer.body)")
                #expect(answer.text("status") == "completed")
                #expect(answer.number("total") == 5_000)
                #expect(answer.text("currency") == "EUR")
                #expect(answer.body.contains("\"\(order)-1\""))
            }
        }
    }

    @Test("409 with the order for whoever orders again with another key, refunded or not; 404 for anybody else")
    func again() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            var basket = try await node.basket(show, by: "ann", Self.seat)
            let (order, _) = try await bought(basket, of: show, on: node)
            basket.key = "another"
            let again = try await node.buy(basket)
            #expect(again.problem == "409 already-ordered rejected", "\(again.body)")
            #expect(again.text("orderId") == "\(order)")
            #expect(try await node.buy(basket).body == again.body)
            #expect(try await node.post("/orders/\(order)/refund", by: "ann").status == 200)
            basket.key = "after-the-refund"
            #expect(try await node.buy(basket).text("orderId") == "\(order)")
            let body = #"{"holdId":"\#(basket.hold)","fencingToken":\#(basket.fencingToken),"paymentMethod":"pm"}"#
            #expect(try await node.post("/orders", by: "bob", body).problem == "404 hold-not-found rejected")
        }
    }

    @Test("202 and what the browser needs where the buyer's bank wants to see the buyer, until that is over")
    func challenged() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            async let waiting = node.buy(basket, wait: 30)
            let order = try await node.follower.nextOrder()
            try await node.submit(
                .payment(.actionRequired("pay", sealedSecret: Array("pi_secret".utf8)), of: order), on: show)
            let first = try await waiting
            let again = try await node.buy(basket, wait: 30)
            for answer in [first, again] {
                #expect(answer.status == 202)
                #expect(answer.text("status") == "requires-action")
                #expect(answer.body.contains(#""action":{"clientSecret":"pi_secret"}"#), "\(answer.body)")
                #expect(answer.headers[.retryAfter] == "1")
            }
            // Neither the log's own answer nor anybody else is told.
            let recorded = try await node.ask(.get, "/commands/\(try #require(first.headers[.commandID]))", by: "ann")
            #expect(!recorded.body.contains("pi_secret"))
            try await node.submit(.payment(.authorized("pay"), of: order), on: show)
            try await node.submit(.payment(.captured, of: order), on: show)
            let paid = try await node.buy(basket, wait: 30)
            #expect(paid.status == 201)
            #expect(!paid.body.contains("pi_secret"))
        }
    }

    @Test("A return address is an https address, and reaches the order")
    func returnAddress() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            let start = #"{"holdId":"\#(basket.hold)","fencingToken":\#(basket.fencingToken),"paymentMethod":"pm""#
            for url in [
                "http://shop.example/", "https://", "https:///x", "https://a b/", "javascript:alert(1)", "",
                "https://é/",
                "https://" + String(repeating: "a", count: 1_024),
            ] {
                let answer = try await node.post("/orders", by: "ann", start + #","returnUrl":"\#(url)"}"#)
                #expect(answer.problem == "400 invalid-request none", "\(url)")
            }
            async let waiting = node.post(
                "/orders", by: "ann", start + #","returnUrl":"https://shop.example/thanks?o=1"}"#)
            let order = try await node.follower.nextOrder()
            #expect(node.follower.known(order)?.returnURL == "https://shop.example/thanks?o=1")
            try await node.submit(.payment(.actionRequired("pay", sealedSecret: []), of: order), on: show)
            #expect(try await waiting.body.contains(#""returnUrl":"https://shop.example/thanks?o=1"}"#))
        }
    }

    @Test("503, not 202, where an end that was told before can't be looked up; no longer than the caller would wait")
    func lookUpFails() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            _ = try await bought(basket, of: show, on: node)
            node.history.goAway()
            for wait in [0, 1, 30] {
                let answer = try await node.buy(basket, wait: wait)
                #expect(answer.problem == "503 orders-unavailable unknown")
                #expect(answer.headers[.retryAfter] == "1")
                #expect(answer.headers[.commandID] != nil)
                #expect(answer.headers[.idempotentReplayed] == "true")
            }
            #expect(node.history.patience == [.zero, .seconds(1), .seconds(2)])
            node.history.comeBack()
            #expect(try await node.buy(basket, wait: 0).status == 201)
        }
    }

    @Test("A node that has not heard of an order that was placed before can't say what became of it")
    func lagging() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            node.follower.stand()
            #expect(try await node.buy(basket, wait: 0).status == 202)
            #expect(try await node.buy(basket, wait: 0).problem == "503 orders-unavailable unknown")
            #expect(node.history.patience.isEmpty)
            async let waiting = node.buy(basket, wait: 30)
            await node.follower.goOn()
            let order = try await node.follower.nextOrder()
            try await node.submit(.payment(.declined("no"), of: order), on: show)
            #expect(try await waiting.status == 402)
        }
    }

    @Test("The token is of the epoch that the end came in") func failover() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            async let waiting = node.buy(basket, wait: 30)
            let order = try await node.follower.nextOrder()
            try await node.submit(.payment(.authorized("pay"), of: order), on: show)
            node.follower.view.enter(epoch: 2)
            try await node.submit(.payment(.captured, of: order), on: show)
            #expect(try await waiting.headers[.sequence] == "2.\(await node.eventCount)")
        }
    }

    @Test("A sale that was revoked before its money came has failed, though it came") func revoked() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            async let waiting = node.buy(basket, wait: 30)
            let order = try await node.follower.nextOrder()
            try await node.submit(.payment(.authorized("pay"), of: order), on: show)
            #expect(try await node.post("/payments/\(order)/void", by: "root:admin").status == 200)
            try await node.submit(.payment(.captured, of: order), on: show)
            let first = try await waiting
            #expect(first.problem == "409 payment-failed rejected", "\(first.body)")
            #expect(first.text("failure") == "payment-abandoned")
            #expect(try await node.buy(basket).problem == first.problem)
            try await node.submit(.payment(.refunded(RefundID("\(order)-r1")), of: order), on: show)
            #expect(node.follower.known(order) == nil)
            #expect(try await node.buy(basket).problem == first.problem)
        }
    }

    @Test("Beyond the callers that may wait, nothing is begun") func full() async throws {
        try await CommandNode.run(waitersMax: 0) { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            let before = await node.eventCount
            let answer = try await node.buy(basket)
            #expect(answer.problem == "503 overloaded none")
            #expect(answer.headers[.retryAfter] == "1")
            #expect(await node.eventCount == before)
        }
    }

    @Test("What can't be meant never reaches the log") func badBodies() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let basket = try await node.basket(show, by: "ann", Self.seat)
            let before = await node.eventCount
            for (body, problem) in [
                ("{}", "400 invalid-request none"),
                (#"{"holdId":"nowhere","fencingToken":1,"paymentMethod":"pm"}"#, "404 hold-not-found none"),
                (#"{"holdId":"\#(basket.hold)","fencingToken":1,"paymentMethod":""}"#, "400 invalid-request none"),
                (
                    #"{"holdId":"\#(basket.hold)","fencingToken":1,"paymentMethod":"a card"}"#,
                    "400 invalid-request none"
                ),
            ] {
                #expect(try await node.post("/orders", by: "ann", body).problem == problem, "\(body)")
            }
            #expect(try await node.post("/orders", by: nil, "{}").status == 401)
            #expect(await node.eventCount == before)
        }
    }
}
