import Crypto
import Domain
import Foundation
import HTTPTypes
import Testing

@Suite("The payment provider's webhooks", .timeLimit(.minutes(5)))
struct WebhookTests {
    private static let event =
        #"{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"metadata":{"order":"show-o1"}}}}"#

    private func signed(_ body: String, at seconds: Int64, with secret: String = CommandNode.webhookSecret) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(seconds).\(body)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return "t=\(seconds),v1=\(code.map { String(format: "%02x", $0) }.joined())"
    }

    @Test("One that is signed has its order looked at; a double does no harm") func heard() async throws {
        try await CommandNode.run { node in
            let now = node.clock.now.microseconds / 1_000_000
            for seconds in [now, now, now - 300, now + 300] {
                let answer = try await node.webhook(Self.event, signature: signed(Self.event, at: seconds))
                #expect(answer.status == 204)
                #expect(answer.body.isEmpty)
            }
            #expect(node.hinted == Array(repeating: OrderID("show-o1"), count: 4))
        }
    }

    @Test("One that is forged, changed, old or from the future is not heard") func refused() async throws {
        try await CommandNode.run { node in
            let now = node.clock.now.microseconds / 1_000_000
            let signatures: [String?] = [
                nil, "", "t=\(now)", "v1=00", signed(Self.event, at: now, with: "whsec_other"),
                signed(Self.event + " ", at: now),
                signed(Self.event, at: now - 301), signed(Self.event, at: now + 301), signed(Self.event, at: .max),
                signed(Self.event, at: .min),
            ]
            for signature in signatures {
                let answer = try await node.webhook(Self.event, signature: signature)
                #expect(answer.status == 400, "\(signature ?? "none")")
                #expect(answer.text("code") == "invalid-signature", "\(signature ?? "none")")
            }
            #expect(node.hinted.isEmpty)
        }
    }

    @Test("One about nothing of ours is heard, and one that is no event refused") func contents() async throws {
        try await CommandNode.run { node in
            let now = node.clock.now.microseconds / 1_000_000
            for (body, status) in [
                (#"{"id":"e","type":"charge.updated","data":{"object":{"metadata":{}}}}"#, 204),
                (#"{"id":"e","type":"charge.updated","data":{"object":{}}}"#, 204),
                (#"{"id":"e","type":"charge.updated"}"#, 400), ("[]", 400), ("{", 400), ("", 400),
            ] {
                let answer = try await node.webhook(body, signature: signed(body, at: now))
                #expect(answer.status == status, "\(body)")
            }
            #expect(node.hinted.isEmpty)
        }
    }
}
