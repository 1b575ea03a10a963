import Domain
import HTTPServer
import HTTPTypes
import Testing

@Suite("Giving tickets back", .timeLimit(.minutes(5)))
struct RefundTests {
    @Test("All of an order, for whoever paid; the same key gets the same answer")
    func whole() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            let refund = try await node.post("/orders/\(order)/refund", by: "ann", key: "k")
            #expect(refund.status == 200)
            #expect(refund.text("orderId") == "\(order)")
            #expect(refund.text("refundId") == "\(order)-r1")
            #expect(refund.texts("tickets") == ["\(order)-1", "\(order)-2"])
            #expect(refund.number("amount") == 10_000)
            #expect(refund.headers[.commandID] != nil)
            let again = try await node.post("/orders/\(order)/refund", by: "ann", key: "k")
            #expect(again.body == refund.body)
            #expect(again.headers[.idempotentReplayed] == "true")
            // The seats are to be had again, and there is nothing left to give back.
            #expect(try await node.post("/shows/\(show)/holds", by: "bob", #"{"seats":["s1","s2"]}"#).status == 201)
            #expect(
                try await node.post("/orders/\(order)/refund", by: "ann").problem
                    == "409 ticket-unusable rejected returned")
        }
    }

    @Test("Some tickets of an order, by an admin as well")
    func some() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2","s3"]}"#)
            let second = try await node.post("/orders/\(order)/refund", by: "ann", #"{"tickets":["\#(order)-2"]}"#)
            #expect(second.texts("tickets") == ["\(order)-2"])
            #expect(second.number("amount") == 5_000)
            let rest = try await node.post("/orders/\(order)/refund", by: "root:admin", #"{"tickets":null}"#)
            #expect(rest.text("refundId") == "\(order)-r2")
            #expect(rest.texts("tickets") == ["\(order)-1", "\(order)-3"])
        }
    }

    @Test("Another's order is not there, and a scanner is no admin")
    func others() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1"]}"#)
            for caller in ["bob", "ann2", "door:scanner"] {
                #expect(
                    try await node.post("/orders/\(order)/refund", by: caller).problem == "404 order-not-found rejected"
                )
            }
            #expect(try await node.post("/orders/\(order)/refund", by: nil).status == 401)
        }
    }

    @Test("Not before its money is captured, and not of a cancelled show")
    func tooEarlyOrLate() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.startOrder(show, by: "ann", #"{"seats":["s1"]}"#)
            #expect(
                try await node.post("/orders/\(order)/refund", by: "ann").problem == "409 order-not-completed rejected")
            try await node.submit(.payment(.authorized("pay"), of: order), on: show)
            #expect(
                try await node.post("/orders/\(order)/refund", by: "ann").problem == "409 order-not-completed rejected")
            try await node.submit(.payment(.captured, of: order), on: show)
            _ = try await node.post("/shows/\(show)/cancel", by: "root:admin")
            #expect(try await node.post("/orders/\(order)/refund", by: "ann").problem == "409 show-cancelled rejected")
        }
    }

    @Test("What can't be meant is refused before it is recorded")
    func unmeant() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1"]}"#)
            let other = try await node.order(show, by: "ann", #"{"seats":["s2"]}"#)
            let many = (1...101).map { "\"\(order)-\($0)\"" }.joined(separator: ",")
            let before = await node.eventCount
            let cases = [
                (#"{"tickets":[]}"#, "400 invalid-request none"), (#"{"tickets":"all"}"#, "400 invalid-request none"),
                ("[]", "400 invalid-request none"), ("{", "400 invalid-json none"),
                (#"{"tickets":[\#(many)]}"#, "400 invalid-request none"),
                (#"{"tickets":["\#(other)-1"]}"#, "404 ticket-not-found none"),
                (#"{"tickets":["\#(order)"]}"#, "404 ticket-not-found none"),
                (#"{"tickets":["\#(order)-0"]}"#, "404 ticket-not-found none"),
                (#"{"tickets":["\#(order)-99999999999999999999"]}"#, "404 ticket-not-found none"),
            ]
            for (body, problem) in cases {
                #expect(
                    try await node.post("/orders/\(order)/refund", by: "ann", body, key: "k").problem == problem,
                    "\(body)")
            }
            #expect(try await node.post("/orders/nodash/refund", by: "ann").problem == "404 order-not-found none")
            // A ticket that the order might have is for the log to say; and none of all that took the key.
            let none = try await node.post(
                "/orders/\(order)/refund", by: "ann", #"{"tickets":["\#(order)-2"]}"#, key: "k")
            #expect(none.problem == "404 ticket-not-found rejected")
            #expect(await node.eventCount == before)
        }
    }
}
