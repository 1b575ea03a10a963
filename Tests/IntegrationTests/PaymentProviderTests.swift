import AsyncHTTPClient
import Domain
import Foundation
import NIOCore
import NIOHTTP1
import PaymentContract
import Payments
import TestSupport
import Testing

/// Our client of Stripe's API, against a process that speaks it.
@Suite("Stripe's API, as the simulator speaks it")
struct PaymentProviderTests {
    @Test("keeps the provider's contract", arguments: PaymentCase.all)
    func contract(_ promise: PaymentCase) async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                try await promise.run(SimulatorUnderTest(provider: provider, simulator: simulator))
            }
        }
    }

    @Test("no answer within the timeout is unknown, whether it took effect or not", arguments: [false, true])
    func timeouts(tookEffect: Bool) async throws {
        try await withPaymentsSimulator { simulator in
            let payment = payment("o-1", tookEffect ? "pm_card_timeoutAfter" : "pm_card_timeoutBefore")
            try await withProvider(of: simulator, timeout: .seconds(1)) { hasty in
                let error = await #expect(throws: PaymentError.self) { try await hasty.authorize(payment) }
                guard case .unknown = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            #expect(try await simulator.ledger().count == (tookEffect ? 1 : 0))
            try await withProvider(of: simulator) { provider in
                guard case .authorized = try await provider.authorize(payment) else {
                    Issue.record("not authorized")
                    return
                }
            }
            #expect(try await simulator.ledger().map(\.authorizations) == [1])
        }
    }

    @Test("a 500 that is recorded with the key says nothing for ever; looking for the payment does")
    func recordedFailure() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                let payment = payment("o-1", "pm_card_error500After")
                for error in [PaymentError.unknown("api_error"), .undecided("api_error"), .undecided("api_error")] {
                    await #expect(throws: error) { try await provider.authorize(payment) }
                }
                let found = try #require(try await provider.find(payment))
                #expect(found == .authorized("pi_sim1"))
                #expect(try await provider.close(payment) == found)
            }
        }
    }

    @Test("a 500 that is recorded without a payment leaves an order unsettled, until its key is forgotten")
    func deadKey() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                let payment = payment("o-1", "pm_card_error500Recorded")
                for error in [PaymentError.unknown("api_error"), .undecided("api_error")] {
                    await #expect(throws: error) { try await provider.authorize(payment) }
                    #expect(try await provider.find(payment) == nil)
                    await #expect(throws: PaymentError.undecided("api_error")) { try await provider.close(payment) }
                }
                try await simulator.misbehave(rate: 0, forgetsKeys: true)
                #expect(try await provider.close(payment) == .voided)
                #expect(try await provider.authorize(payment) == .voided)
            }
            #expect(try await simulator.ledger().map(\.authorizations) == [0])
        }
    }

    @Test("a refund's refusal is recorded with its key, and the next call has another")
    func recordedRefusal() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                guard
                    case .authorized(let id) = try await provider.authorize(
                        payment("o-1", "pm_card_refundRefusedRecorded"))
                else { throw NeverHappened(what: "the payment is authorized") }
                _ = try await provider.capture(id)
                let refund = RefundID("r-1")
                await #expect(throws: PaymentError.refused("balance_insufficient")) {
                    try await provider.refund(id, refund, amount: 700)
                }
                try await provider.refund(id, refund, amount: 700)
                try await provider.refund(id, refund, amount: 700)
            }
            #expect(try await simulator.ledger().map(\.refunded) == [700])
        }
    }

    @Test("a refusal of the authorization is recorded with its key, and a close knows what it says")
    func recordedAuthorizationRefusal() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                let payment = payment("o-1", "pm_card_refusedRecorded")
                for _ in 0..<2 {
                    await #expect(throws: PaymentError.refused("amount_too_small")) {
                        try await provider.authorize(payment)
                    }
                }
                let state = try await provider.close(payment)
                #expect(state == .voided)
            }
            #expect(try await simulator.ledger().isEmpty)
        }
    }

    @Test("Stripe's units are Stripe's affair, refunds included")
    func units() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                var payment = payment("o-1", "pm_card_visa")
                payment.currency = "ISK"
                guard case .authorized(let id) = try await provider.authorize(payment) else {
                    throw NeverHappened(what: "the payment is authorized")
                }
                #expect(try await provider.find(payment) == .authorized(id))
                #expect(try await provider.capture(id) == .captured(id))
                try await provider.refund(id, RefundID("r-1"), amount: 700)

                payment = PaymentRequest(
                    orderID: OrderID("o-2"), amount: 5124, currency: "KWD", paymentMethod: "pm_card_visa")
                await #expect(throws: PaymentError.refused("amount_not_chargeable")) {
                    try await provider.authorize(payment)
                }
                #expect(try await provider.close(payment) == .voided)
            }
            let ledger = try await simulator.ledger()
            #expect(ledger.map(\.captured) == [250_000] && ledger.map(\.refunded) == [70_000])
        }
    }

    @Test("what somebody captured in part is not taken for the order's money")
    func partialCapture() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                let state = try await provider.authorize(payment("o-1", "pm_card_visa"))
                #expect(state == .authorized("pi_sim1"))
                var request = HTTPClientRequest(url: "\(simulator.url)/v1/payment_intents/pi_sim1/capture")
                request.method = .POST
                request.headers.add(name: "Authorization", value: "Bearer \(PaymentsSimulator.secretKey)")
                request.body = .bytes(ByteBuffer(string: "amount_to_capture=2000"))
                let response = try await PaymentsSimulator.client.execute(request, timeout: .seconds(60))
                #expect(response.status == .ok)
                await #expect(throws: PaymentError.refused("2000 of 2500 eur was captured")) {
                    try await provider.capture("pi_sim1")
                }
                #expect(try await provider.void("pi_sim1") == .captured("pi_sim1"))
            }
        }
    }

    @Test("an address that is none is as good as a provider that is away", arguments: ["", "nowhere", "http://"])
    func noAddress(url: String) async throws {
        let provider = StripeProvider(
            StripeConfiguration(baseURL: url, secretKey: Secret("sk_test_1")), seal: { Array($0.utf8) })
        let error = await #expect(throws: PaymentError.self) {
            try await provider.authorize(payment("o-1", "pm_card_visa"))
        }
        try await provider.shutdown()
        guard case .unavailable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a search that lags behind hides nothing from a close")
    func laggingSearch() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                try await simulator.misbehave(rate: 0, searchLagSeconds: 3600)
                let authorized = payment("o-1", "pm_card_visa")
                _ = try await provider.authorize(authorized)
                #expect(try await provider.find(authorized) == nil)
                #expect(try await provider.close(authorized) == .authorized("pi_sim1"))
                _ = try await provider.capture("pi_sim1")
                #expect(try await provider.close(authorized) == .captured("pi_sim1"))

                let declined = payment("o-2", "pm_card_visa_chargeDeclined")
                _ = try await provider.authorize(declined)
                #expect(try await provider.close(declined) == .declined("generic_decline"))

                let neverSent = payment("o-3", "pm_card_visa")
                #expect(try await provider.close(neverSent) == .voided)
                #expect(try await provider.close(neverSent) == .voided)
                // The late authorization finds its key used. What came of the order is not found yet.
                await #expect(throws: PaymentError.self) { try await provider.authorize(neverSent) }

                // Nothing tells of this one before the search does, so nothing is claimed.
                let silent = payment("o-4", "pm_card_error500After")
                await #expect(throws: PaymentError.self) { try await provider.authorize(silent) }
                await #expect(throws: PaymentError.undecided("api_error")) { try await provider.close(silent) }
                try await simulator.misbehave(rate: 0)
                #expect(try await provider.close(silent) == .authorized("pi_sim4"))
                #expect(try await provider.authorize(neverSent) == .voided)
            }
            #expect(
                try await simulator.ledger().map(\.state)
                    == ["succeeded", "requires_payment_method", "canceled", "requires_capture"])
        }
    }

    @Test("a challenge is passed on with what the browser needs, and the payment is what the buyer makes of it")
    func challenges() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                for (number, outcome) in ["pass", "fail"].enumerated() {
                    var asked = payment("o-\(outcome)", "pm_card_threeDSecure2Required")
                    let id = "pi_sim\(number + 1)"
                    let secret = "\(id)_secret_simulated"
                    let wanted = PaymentState.actionRequired(id, sealedSecret: Array(secret.utf8))
                    #expect(try await provider.authorize(asked) == wanted)
                    #expect(try await provider.authorize(asked) == wanted)
                    asked.paymentID = id
                    #expect(try await provider.find(asked) == wanted)
                    try await simulator.challenge(id, secret: secret, outcome)
                    let expected: PaymentState =
                        outcome == "pass" ? .authorized(id) : .declined("payment_intent_authentication_failure")
                    #expect(try await provider.find(asked) == expected)
                    #expect(try await provider.void(id) == .voided)
                }
                let closed = payment("o-closed", "pm_card_authenticationRequired")
                _ = try await provider.authorize(closed)
                #expect(try await provider.close(closed) == .voided)
            }
        }
    }

    @Test("declines, and cards that there are not")
    func cards() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                for (card, code) in [
                    ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
                    ("pm_card_visa_chargeDeclinedStolenCard", "stolen_card"),
                    ("pm_nothing", "resource_missing"), ("", "resource_missing"),
                ] {
                    let state = try await provider.authorize(payment("o-\(card)", card))
                    #expect(state == .declined(code))
                }
                await #expect(throws: PaymentError.refused("amount_too_large")) {
                    var large = payment("o-large", "pm_card_visa")
                    large.amount = .max
                    return try await provider.authorize(large)
                }
            }
            let ledger = try await simulator.ledger()
            #expect(ledger.allSatisfy { $0.authorizations == 0 && $0.state == "requires_payment_method" })
        }
    }

    @Test("captures and voids that fail, or are refused")
    func failingSteps() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator) { provider in
                _ = try await provider.authorize(payment("o-1", "pm_card_captureFails"))
                for _ in 0..<2 {
                    await #expect(throws: PaymentError.unknown("api_error")) { try await provider.capture("pi_sim1") }
                }
                #expect(try await provider.capture("pi_sim1") == .captured("pi_sim1"))

                _ = try await provider.authorize(payment("o-2", "pm_card_captureRefused"))
                for _ in 0..<2 {
                    await #expect(throws: PaymentError.refused("charge_expired_for_capture")) {
                        try await provider.capture("pi_sim2")
                    }
                }
                #expect(try await provider.void("pi_sim2") == .voided)

                _ = try await provider.authorize(payment("o-3", "pm_card_voidError500After"))
                await #expect(throws: PaymentError.unknown("api_error")) { try await provider.void("pi_sim3") }
                #expect(try await provider.void("pi_sim3") == .voided)
            }
            #expect(try await simulator.ledger().map(\.charges) == [1, 0, 0])
        }
    }

    @Test("a call to nobody did not happen, and another's key is refused")
    func unreachable() async throws {
        try await withPaymentsSimulator { simulator in
            try await withProvider(of: simulator, key: "sk_test_other") { provider in
                await #expect(throws: PaymentError.unavailable("invalid_request_error")) {
                    try await provider.authorize(payment("o-1", "pm_card_visa"))
                }
            }
            #expect(try await simulator.end(SIGTERM) == 0)
            try await withProvider(of: simulator) { provider in
                await #expect(throws: PaymentError.unavailable("no connection")) {
                    try await provider.authorize(payment("o-1", "pm_card_visa"))
                }
            }
        }
    }

    @Test("a killed simulator has everything that it answered, again and again")
    func killed() async throws {
        try await withPaymentsSimulator { simulator in
            var authorized: [String: String] = [:]
            for round in 0..<5 {
                try await withProvider(of: simulator) { provider in
                    let answers = try await withThrowingTaskGroup(of: (String, String)?.self) { group in
                        for number in 0..<200 {
                            group.addTask {
                                let order = "o-\(round)-\(number)"
                                do {
                                    let state = try await provider.authorize(payment(order, "pm_card_visa"))
                                    guard case .authorized(let id) = state else { return nil }
                                    return (order, id)
                                } catch {
                                    return nil  // It was killed.
                                }
                            }
                        }
                        var answers: [(String, String)] = []
                        for try await answer in group {
                            guard let answer else { continue }
                            answers.append(answer)
                            if answers.count == 50 { try await simulator.end(SIGKILL) }
                        }
                        return answers
                    }
                    for (order, id) in answers { authorized[order] = id }
                }
                try await simulator.start()
                let ledger = try await simulator.ledger()
                let payments = Dictionary(grouping: ledger) { $0.order ?? "" }
                #expect(payments.values.allSatisfy { $0.count == 1 })
                #expect(authorized.allSatisfy { payments[$0.key]?.first?.payment == $0.value })
                #expect(Set(ledger.map(\.payment)).count == ledger.count)
            }
            #expect(authorized.count >= 250)
            // The keys were kept too: asked again, nothing is authorized twice.
            try await withProvider(of: simulator) { provider in
                for (order, id) in authorized.prefix(20) {
                    let state = try await provider.authorize(payment(order, "pm_card_visa"))
                    #expect(state == .authorized(id))
                }
            }
        }
    }

    @Test("one ledger has one simulator")
    func ledgerInUse() async throws {
        try await withTemporaryFolder { folder in
            let (first, second) = (PaymentsSimulator(in: folder), PaymentsSimulator(in: folder))
            try await first.start()
            await #expect(throws: NeverHappened.self) { try await second.start() }
            #expect(try await second.end(SIGKILL) != 0)
            try await first.end(SIGKILL)
        }
    }

    @Test("with a fifth of all calls going wrong, whoever repeats them gets every order right")
    func faultRate() async throws {
        try await withPaymentsSimulator { simulator in
            try await simulator.misbehave(rate: 0.2, seed: 7)
            try await withProvider(of: simulator, timeout: .seconds(2)) { provider in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<60 {
                        group.addTask { try await settle(payment("o-\(number)", "pm_card_visa"), number, provider) }
                    }
                    try await group.waitForAll()
                }
            }
            try await simulator.misbehave(rate: 0)
            for account in try await simulator.ledger() {
                let order = try #require(account.order)
                let number = try #require(Int(order.dropFirst(2)))
                #expect(account.authorizations <= 1 && account.charges == (number % 3 == 0 ? 0 : 1))
                #expect(account.state == (number % 3 == 0 ? "canceled" : "succeeded"))
                #expect(account.refunded == (number % 3 == 2 ? 900 : 0))
            }
            #expect(Set(try await simulator.ledger().map(\.order)).count == 60)
        }
    }

    /// Authorizes; then closes and voids every third order, captures the others, and gives part back of half of those.
    private func settle(_ payment: PaymentRequest, _ number: Int, _ provider: StripeProvider) async throws {
        // A recorded 500 is repeated for ever, so an authorization that went unanswered is looked for too.
        let state = try await repeated {
            do {
                return try await provider.authorize(payment)
            } catch {
                guard let found = try await provider.find(payment) else { throw error }
                return found
            }
        }
        guard case .authorized(let id) = state else {
            Issue.record("\(payment.orderID) is \(state)")
            return
        }
        if number % 3 == 0 {
            #expect(try await repeated { try await provider.close(payment) } == state)
            #expect(try await repeated { try await provider.void(id) } == .voided)
            return
        }
        #expect(try await repeated { try await provider.capture(id) } == .captured(id))
        guard number % 3 == 2 else { return }
        try await repeated { try await provider.refund(id, RefundID("r-\(number)"), amount: 900) }
    }

    /// Until it is answered, whatever happens to it; refusals are not expected. What is undecided is decided by asking
    /// again: a late search does not know of the payment yet.
    private func repeated<R>(_ call: () async throws -> R) async throws -> R {
        for _ in 0..<Self.repetitionsMax {
            do {
                return try await call()
            } catch PaymentError.unknown, PaymentError.unavailable, PaymentError.undecided {}
        }
        throw NeverHappened(what: "an answer")
    }

    /// With a fifth of the calls going wrong, and up to three calls in one, far more than it takes.
    private static let repetitionsMax = 100
}

private func payment(_ order: String, _ card: String) -> PaymentRequest {
    PaymentRequest(orderID: OrderID(order), amount: 2500, currency: "EUR", paymentMethod: card)
}

private func withProvider(
    of simulator: PaymentsSimulator, timeout: Duration = .seconds(60), key: String = PaymentsSimulator.secretKey,
    _ body: (StripeProvider) async throws -> Void
) async throws {
    let provider = simulator.provider(timeout: timeout, key: key)
    do {
        try await body(provider)
    } catch {
        try await provider.shutdown()
        throw error
    }
    try await provider.shutdown()
}

private struct SimulatorUnderTest: ProviderUnderTest {
    let provider: StripeProvider
    let simulator: PaymentsSimulator

    func payment(_ orderID: OrderID, card: CardUnderTest) -> PaymentRequest {
        let method =
            switch card {
            case .good: "pm_card_visa"
            case .poor: "pm_card_visa_chargeDeclinedInsufficientFunds"
            case .unanswered(let call, let tookEffect): "pm_card_\(Self.trouble(call, tookEffect ? "After" : "Before"))"
            case .unrefundable: "pm_card_refundBounces"
            }
        return PaymentRequest(orderID: orderID, amount: 2500, currency: "EUR", paymentMethod: method)
    }

    private static func trouble(_ call: InMemoryPaymentProvider.Call, _ when: String) -> String {
        switch call {
        case .authorize: "cut\(when)"
        case .capture: "captureCut\(when)"
        case .void: "voidCut\(when)"
        case .refund: "refundCut\(when)"
        case .find, .close: preconditionFailure("no card makes a look-up fail")
        }
    }

    func account(of orderID: OrderID) async throws -> AccountUnderTest? {
        let payments = try await simulator.ledger().filter { $0.order == orderID.rawValue }
        guard !payments.isEmpty else { return nil }
        return AccountUnderTest(
            authorized: payments.reduce(0) { $0 + ($1.state == "requires_capture" ? $1.amount : 0) },
            captured: payments.reduce(0) { $0 + $1.captured }, refunded: payments.reduce(0) { $0 + $1.refunded },
            timesCharged: payments.reduce(0) { $0 + $1.charges })
    }
}
