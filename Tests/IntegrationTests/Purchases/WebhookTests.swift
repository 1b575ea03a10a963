import Crypto
import Foundation
import Testing
import TestSupport

extension Purchases {
    /// What the payment provider tells by itself, and what others tell in its name.
    @Suite("Webhooks")
    struct WebhookTests {
        let shared = PurchaseCluster.current

        private static let path = "/api/v1/payments/webhook"

        /// - Parameter at: seconds from now.
        private func send(
            _ body: String, secret: String = PaymentsSimulator.webhookSecret, at seconds: TimeInterval = 0
        ) async throws -> Answer {
            let time = Int(Date().timeIntervalSince1970 + seconds)
            let code = HMAC<SHA256>.authenticationCode(
                for: Data("\(time).\(body)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
            let digits = code.map { String(format: "%02x", $0) }.joined()
            return try await Caller(node: shared.a).post(
                Self.path, bytes: Array(body.utf8), key: nil, headers: ["Stripe-Signature": "t=\(time),v1=\(digits)"])
        }

        private func event(_ type: String, of order: String) -> String {
            #"{"id":"evt_1","object":"event","type":"\#(type)","created":1,"data":{"object":{"id":"pi_1","#
                + #""object":"payment_intent","status":"succeeded","metadata":{"order":"\#(order)"}}}}"#
        }

        @Test("Only what the provider signed, within five minutes, is heard")
        func forged() async throws {
            let body = event("payment_intent.succeeded", of: "nothing-NOTHING")
            #expect(try await send(body, secret: "whsec_guessed").code == "invalid-signature")
            #expect(try await send(body, at: -400).code == "invalid-signature")
            #expect(try await send(body, at: 400).code == "invalid-signature")
            #expect(try await send(body, at: -200).status == 204)
            let unsigned = try await Caller(node: shared.a).post(Self.path, bytes: Array(body.utf8), key: nil)
            #expect(unsigned.status == 400, "\(unsigned)")
        }

        @Test("Poison is refused, what is not ours is passed over, and the node goes on")
        func poison() async throws {
            let bodies = [
                "", "{", "[]", "{}", #"{"type":5}"#, #"{"id":"e","type":"x","data":{"object":[]}}"#, "\u{0}",
                String(repeating: "[", count: 100_000),
            ]
            for body in bodies {
                let answer = try await send(body)
                #expect(answer.status == 400, "\(body.prefix(50)): \(answer)")
            }
            let large = event("payment_intent.succeeded", of: String(repeating: "x", count: 600_000))
            #expect(try await send(large).status == 413)
            for order in ["*", "nothing-NOTHING", String(repeating: "x", count: 1000)] {
                let answer = try await send(event("payment_intent.unheard_of", of: order))
                #expect(answer.status == 204, "\(order.prefix(50)): \(answer)")
            }
            let show = try await shared.cluster.create(at: shared.a)
            let bought = try await shared.buy(["1-1"], of: show, by: try await shared.buyer())
            #expect(try await send(event("payment_intent.succeeded", of: bought.order)).status == 204)
        }

        @Test("Whatever they say, however often and how late, the log decides what an order is")
        func hints() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let buyer = try await shared.buyer()
            let held = try await buyer.hold(["1-1"], of: show)
            let key = String.random
            let body = held.order("pm_card_timeoutBefore")
            let first = try await buyer.callers[0].post("/api/v1/orders", body, key: key, headers: ["Prefer": "wait=0"])
            let order = try Buyer.orderID(first)
            let types = [
                "payment_intent.succeeded", "payment_intent.canceled", "payment_intent.payment_failed",
                "payment_intent.amount_capturable_updated", "charge.refunded",
            ]
            func tell() async throws {
                for type in types + types { #expect(try await send(event(type, of: order)).status == 204) }
            }
            try await tell()
            let bought = try await buyer.finally(.post, "orders", body, key: key)
            #expect(bought.status == 201, "\(bought)")
            try await tell()
            let after = try await shared.read("orders/\(order)", as: buyer)
            #expect(after.json == bought.json, "\(after)")
        }
    }
}
