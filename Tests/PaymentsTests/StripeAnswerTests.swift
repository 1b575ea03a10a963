import Domain
import NIOCore
@testable import Payments
import Testing

/// What Stripe's answers mean, with bodies as its documentation has them.
@Suite("Stripe's answers")
struct StripeAnswerTests {
    private static let money = #""amount":2500,"amount_received":0,"currency":"eur""#

    @Test(
        "a payment's status tells how it stands",
        arguments: [
            ("requires_capture", PaymentState.authorized("pi_1")), ("succeeded", .captured("pi_1")),
            ("canceled", .voided), ("processing", .pending("pi_1")),
            ("requires_action", .actionRequired("pi_1", sealedSecret: [])),
            ("requires_confirmation", .pending("pi_1")), ("requires_payment_method", .pending("pi_1")),
            ("something_new", .pending("pi_1")),
        ])
    func statuses(status: String, state: PaymentState) throws {
        let body = #"{"id":"pi_1","object":"payment_intent","status":"\#(status)","unheard_of":[1],\#(Self.money)}"#
        let intent = try answer(200, body).decoded(StripeIntent.self)
        #expect(intent.state == state)
    }

    @Test("a payment that waits for another card, because one failed, is declined")
    func declinedIntent() throws {
        let body =
            #"{"id":"pi_1","status":"requires_payment_method",\#(Self.money),"#
            + #""last_payment_error":{"type":"card_error","#
        let issuer = try answer(200, body + #""code":"card_declined","decline_code":"lost_card"}}"#)
        #expect(try issuer.decoded(StripeIntent.self).state == .declined("lost_card"))
        let network = try answer(200, body + #""code":"expired_card","decline_code":null}}"#)
        #expect(try network.decoded(StripeIntent.self).state == .declined("expired_card"))
    }

    @Test(
        "errors say what was and what may be",
        arguments: [
            (402, #"{"type":"card_error","code":"card_declined","decline_code":"lost_card"}"#, .declined("lost_card")),
            (402, #"{"type":"card_error","code":"expired_card"}"#, .declined("expired_card")),
            (400, #"{"type":"idempotency_error","message":"Keys for idempotent requests …"}"#, .keyWasUsed),
            (
                409, #"{"type":"idempotency_error","code":"idempotency_key_in_use"}"#,
                .error(.unavailable("idempotency_key_in_use"))
            ),
            (429, #"{"type":"invalid_request_error","code":"lock_timeout"}"#, .error(.unavailable("lock_timeout"))),
            (
                400, #"{"type":"invalid_request_error","code":"resource_missing","param":"payment_method"}"#,
                .declined("resource_missing")
            ),
            (
                400, #"{"type":"invalid_request_error","code":"amount_too_small","param":"amount"}"#,
                .invalid("amount_too_small")
            ),
            // It names nothing that we asked for.
            (
                400, #"{"type":"invalid_request_error","code":"charge_expired_for_capture"}"#,
                .error(.refused("charge_expired_for_capture"))
            ),
            (401, #"{"type":"invalid_request_error"}"#, .error(.unavailable("invalid_request_error"))),
            (403, #"{"type":"invalid_request_error"}"#, .error(.unavailable("invalid_request_error"))),
            (404, #"{"type":"invalid_request_error"}"#, .error(.unavailable("invalid_request_error"))),
            (
                404, #"{"type":"invalid_request_error","code":"resource_missing","param":"intent"}"#,
                .error(.refused("resource_missing"))
            ),
            (424, #"{"type":"api_error"}"#, .error(.unknown("api_error"))),
            (500, #"{"type":"api_error"}"#, .error(.unknown("api_error"))),
            (503, #"{}"#, .error(.unknown("status 503"))),
            (
                400,
                #"{"code":"payment_intent_unexpected_state","#
                    + #""payment_intent":{"id":"pi_1","status":"canceled",\#(money)}}"#,
                .unexpectedState(
                    StripeIntent(id: "pi_1", status: "canceled", amount: 2500, received: 0, currency: "eur"))
            ),
            // Without the payment in it, it tells nothing of it.
            (
                400, #"{"type":"invalid_request_error","code":"payment_intent_unexpected_state"}"#,
                .error(.refused("payment_intent_unexpected_state"))
            ),
        ] as [(UInt, String, StripeFailure)])
    func errors(status: UInt, error: String, meaning: StripeFailure) throws {
        #expect(try answer(status, #"{"error":\#(error)}"#).failure == meaning)
    }

    @Test(
        "a payment of another amount or currency is not the order's, as long as money can move by it",
        arguments: [
            ("requires_capture", 2500, "eur", true), ("requires_capture", 2501, "eur", false),
            ("succeeded", 2500, "usd", false), ("processing", 25, "eur", false), ("canceled", 1, "usd", true),
        ] as [(String, Int64, String, Bool)])
    func differences(status: String, amount: Int64, currency: String, isTheSame: Bool) {
        let payment = PaymentRequest(orderID: OrderID("o-1"), amount: 2500, currency: "EUR", paymentMethod: "pm")
        let intent = StripeIntent(id: "pi_1", status: status, amount: amount, received: 0, currency: currency)
        #expect((intent.difference(from: payment) == nil) == isTheSame)
    }

    @Test("a failure that was recorded says nothing of how Stripe is now")
    func recorded() throws {
        var answer = try answer(500, #"{"error":{"type":"api_error"}}"#)
        answer.wasReplayed = true
        #expect(answer.failure == .error(.undecided("api_error")))
    }

    @Test("what is not Stripe's is taken by its status alone", arguments: ["", "<html>", "[]", #"{"error":"no"}"#])
    func foreign(body: String) throws {
        #expect(try answer(502, body).failure == .error(.unknown("status 502")))
        #expect(try answer(403, body).failure == .error(.unavailable("status 403")))
        #expect(try answer(404, body).failure == .error(.unavailable("status 404")))
        #expect(try answer(429, body).failure == .error(.unavailable("status 429")))
        #expect(try answer(301, body).failure == .error(.unknown("status 301")))
        // It may have taken effect all the same.
        let failure = #expect(throws: StripeFailure.self) { try answer(200, body).decoded(StripeIntent.self) }
        guard case .error(.unknown) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test("forms say the same whatever they carry")
    func forms() {
        var form = FormBody()
        form.add("metadata[order]", "a b&c=d'é")
        form.add("amount", 2500)
        #expect(form.encoded == "metadata%5Border%5D=a%20b%26c%3Dd%27%C3%A9&amount=2500")
    }

    @Test("a secret is nowhere to be read")
    func secrets() {
        let configuration = StripeConfiguration(secretKey: Secret("sk_live_1"))
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped, "\(Secret("sk_live_1"))"] {
            #expect(!text.contains("sk_live_1"))
        }
    }

    private func answer(_ status: UInt, _ body: String) throws -> StripeAnswer {
        StripeAnswer(status: status, body: ByteBuffer(string: body))
    }
}
