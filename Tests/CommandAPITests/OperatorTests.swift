import Domain
import HTTPTypes
import Testing

@Suite("What operators do", .timeLimit(.minutes(5)))
struct OperatorTests {
    @Test("A show is cancelled once, and nothing of it is sold any more") func cancel() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1"]}"#)
            #expect(try await node.post("/shows/\(show)/cancel", by: "ann").problem == "403 forbidden none")
            let cancelled = try await node.post("/shows/\(show)/cancel", by: "root:admin")
            #expect(cancelled.status == 200)
            #expect(cancelled.text("showId") == "\(show)")
            #expect(cancelled.number("orders") == 1)
            #expect(
                try await node.post("/shows/\(show)/cancel", by: "root:admin").problem == "409 show-cancelled rejected")
            let late = try await node.post("/shows/\(show)/holds", by: "bob", #"{"seats":["s2"]}"#)
            #expect(late.problem == "409 show-cancelled rejected")
            #expect(
                try await node.post("/tickets/\(order)-1/resale", by: "ann").problem == "409 show-cancelled rejected")
            #expect(
                try await node.post("/shows/nowhere/cancel", by: "root:admin").problem == "404 show-not-found none")
        }
    }

    @Test("A parked payment is tried again") func retry() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.startOrder(show, by: "ann", #"{"seats":["s1"]}"#)
            #expect(try await node.post("/payments/\(order)/retry", by: "ann").problem == "403 forbidden none")
            #expect(
                try await node.post("/payments/\(order)/retry", by: "root:admin").problem
                    == "409 payment-not-parked rejected")
            try await node.submit(.payment(.parked(reason: "the provider is down"), of: order), on: show)
            let resumed = try await node.post("/payments/\(order)/retry", by: "root:admin")
            #expect(resumed.status == 200)
            #expect(resumed.text("orderId") == "\(order)")
            #expect(resumed.has("resumedAt"))
            #expect(
                try await node.post("/payments/\(show)-o0/retry", by: "root:admin").problem
                    == "404 order-not-found rejected")
            #expect(try await node.post("/payments/x/retry", by: "root:admin").problem == "404 order-not-found none")
        }
    }

    @Test("A payment is given up while its money is not captured") func void() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let pending = try await node.startOrder(show, by: "ann", #"{"seats":["s1"]}"#)
            let failed = try await node.post("/payments/\(pending)/void", by: "root:admin")
            #expect(failed.status == 200)
            #expect(failed.text("failure") == "payment-abandoned")
            let sold = try await node.startOrder(show, by: "bob", #"{"seats":["s2"]}"#)
            try await node.submit(.payment(.authorized("pay"), of: sold), on: show)
            #expect(try await node.post("/payments/\(sold)/void", by: "bob").problem == "403 forbidden none")
            let revoked = try await node.post("/payments/\(sold)/void", by: "root:admin")
            #expect(revoked.texts("tickets") == ["\(sold)-1"])
            let paid = try await node.order(show, by: "cid", #"{"seats":["s3"]}"#)
            #expect(
                try await node.post("/payments/\(paid)/void", by: "root:admin").problem
                    == "409 order-not-voidable rejected")
        }
    }

    @Test("What somebody refunded at the provider is recorded once, and left as it is or ended") func movedByHand()
        async throws
    {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            let payment = "pay-\(order)"
            let books = #"{"paymentId":"\#(payment)","captured":10000,"refunds":[{"id":"re_1","amount":4000}]}"#
            #expect(try await node.post("/payments/\(order)/observe", by: "ann", books).problem == "403 forbidden none")
            let recorded = try await node.post("/payments/\(order)/observe", by: "root:admin", books)
            #expect(recorded.status == 200 && recorded.text("refundId") == "re_1")
            #expect(try await node.post("/payments/\(order)/observe", by: "root:admin", books).status == 204)
            let accepted = try await node.post("/payments/\(order)/accept", by: "root:admin")
            #expect(accepted.status == 200 && accepted.has("acceptedAt"))
            #expect(
                try await node.post("/payments/\(order)/accept", by: "root:admin").problem
                    == "409 payment-not-parked rejected")
            let refund = try await node.post("/orders/\(order)/refund", by: "ann")
            #expect(refund.number("amount") == 6_000)
            for bad in [
                "{}", #"{"paymentId":"","captured":1,"refunds":[]}"#, #"{"paymentId":"p","captured":-1,"refunds":[]}"#,
                #"{"paymentId":"p","captured":1,"refunds":[{"id":"r","amount":-1}]}"#,
                #"{"paymentId":"p","captured":1,"refunds":[{"id":"r","amount":1,"refundId":"a b"}]}"#,
            ] {
                #expect(
                    try await node.post("/payments/\(order)/observe", by: "root:admin", bad).problem
                        == "400 invalid-request none", "\(bad)")
            }
        }
    }

    @Test("Tickets are suspended, restored and ended, by name or all") func tickets() async throws {
        try await CommandNode.run { node in
            let show = try await node.show()
            let order = try await node.order(show, by: "ann", #"{"seats":["s1","s2"]}"#)
            for step in ["suspend", "restore", "end", "accept"] {
                #expect(try await node.post("/payments/\(order)/\(step)", by: "ann").problem == "403 forbidden none")
            }
            let one = #"{"tickets":["\#(order)-1"]}"#
            let suspended = try await node.post("/payments/\(order)/suspend", by: "root:admin", one)
            #expect(suspended.status == 200 && suspended.texts("tickets") == ["\(order)-1"])
            let unusable = try await node.post("/tickets/\(order)-1/resale", by: "ann")
            #expect(unusable.problem == "409 ticket-unusable rejected suspended")
            #expect(unusable.text("reason") == "suspended")
            #expect(
                try await node.post("/payments/\(order)/restore", by: "root:admin").texts("tickets") == ["\(order)-1"])
            #expect(
                try await node.post("/payments/\(order)/restore", by: "root:admin").problem
                    == "404 ticket-not-found rejected")
            let ended = try await node.post("/payments/\(order)/end", by: "root:admin")
            #expect(ended.status == 200 && ended.number("amount") == 0)
            #expect(ended.texts("tickets") == ["\(order)-1", "\(order)-2"])
        }
    }
}
