import Foundation
import Testing
import TestSupport

extension Purchases {
    /// What others do at the payment provider, and what the buyer's bank wants.
    @Suite("Money that moves at the provider")
    struct MovedMoneyTests {
        let shared = PurchaseCluster.current

        private func payment(of order: String) async throws -> PaymentsSimulator.Payment {
            try #require(try await shared.simulator.ledger().first { $0.order == order })
        }

        @Test("A refund made by hand is on record, and a later refund returns the rest")
        func refundedByHand() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let buyer = try await shared.buyer()
            let bought = try await shared.buy(["1-1", "1-2"], of: show, by: buyer)
            let payment = try await payment(of: bought.order)
            try await shared.simulator.call("refunds", ["payment_intent": payment.payment, "amount": "1000"])
            try await eventually("the order shows it", within: .seconds(60)) {
                try await shared.read("orders/\(bought.order)", as: buyer).json["refunded"] == 1000
            }
            let refund = try await buyer.refund(bought.order)
            #expect(refund.json["amount"] == .integer(payment.captured - 1000), "\(refund)")
            try await eventually("all is back", within: .seconds(60)) {
                let payment = try await self.payment(of: bought.order)
                return payment.refunded == payment.captured
            }
        }

        @Test("A dispute is listed until it is over, and its tickets let nobody in meanwhile")
        func disputed() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let buyer = try await shared.buyer()
            let admin = try await shared.cluster.operator(at: shared.a)
            let bought = try await shared.buy(["1-1"], of: show, by: buyer, with: "pm_card_createDispute")
            func status() async throws -> String? {
                let answer = try await admin.callers[0].get(
                    "/api/v1/payments/disputes?limit=100", headers: ["Last-Seen-Sequence": "head"])
                let listed = answer.json["disputes"]?.list?.first { $0["orderId"]?.text == bought.order }
                return listed?["disputes"]?.list?.first?["status"]?.text
            }
            try await eventually("the dispute is listed", within: .seconds(60)) {
                try await status() == "funds-withdrawn"
            }
            let suspended = try await admin.finally(.post, "payments/\(bought.order)/suspend")
            #expect(suspended.status == 200, "\(suspended)")
            #expect(
                try await shared.read("tickets/\(bought.tickets[0])", as: buyer).json["status"]?.text == "suspended")
            try await shared.simulator.call(
                "disputes/\(dispute(of: bought.order))",
                ["evidence[uncategorized_text]": "winning_evidence", "submit": "true"])
            try await eventually("the dispute is won", within: .seconds(60)) { try await status() == "won" }
            #expect(try await admin.finally(.post, "payments/\(bought.order)/restore").status == 200)
            #expect(try await admin.finally(.post, "payments/\(bought.order)/accept").status == 200)
            #expect(try await shared.read("tickets/\(bought.tickets[0])", as: buyer).json["status"]?.text == "valid")
        }

        private func dispute(of order: String) async throws -> String {
            let payment = try await payment(of: order).payment
            let answer = try await shared.simulator.look("disputes?payment_intent=\(payment)")
            return try #require(answer["data"]?.list?.first?["id"]?.text)
        }

        @Test(
            "An order that the buyer's bank wants to see the buyer for goes on when it has",
            arguments: ["pass", "fail"])
        func challenged(outcome: String) async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let buyer = try await shared.buyer()
            let held = try await buyer.hold(["1-1"], of: show)
            let (key, body) = (String.random, held.order("pm_card_threeDSecure2Required"))
            let asked = try await buyer.callers[0].post(
                "/api/v1/orders", body, key: key, headers: ["Prefer": "wait=30"])
            #expect(asked.status == 202 && asked.json["status"]?.text == "requires-action", "\(asked)")
            let order = try Buyer.orderID(asked)
            let secret = try #require(asked.json["action"]?["clientSecret"]?.text)
            // Any node can tell the buyer, and nobody else.
            let read = try await shared.read("orders/\(order)", as: buyer)
            #expect(read.json["action"]?["clientSecret"]?.text == secret)
            #expect(try await shared.read("orders/\(order)", as: try await shared.buyer()).status == 404)
            #expect(try await buyer.order(held).code == "purchase-in-progress")
            try await shared.simulator.challenge(try await payment(of: order).payment, secret: secret, outcome)
            let ended = try await buyer.finally(.post, "orders", body, key: key)
            #expect(ended.status == (outcome == "pass" ? 201 : 402), "\(ended)")
            if outcome == "pass" {
                let again = try await buyer.order(held)
                #expect(again.code == "already-ordered" && again.json["orderId"]?.text == order, "\(again)")
            }
        }
    }
}
