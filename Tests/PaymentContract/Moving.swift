internal import Domain
internal import Payments
internal import Testing

extension PaymentCase {
    static let moving: [PaymentCase] = [
        PaymentCase("a capture takes the money, once") { test in
            let (payment, id) = try await test.authorized()
            #expect(try await test.provider.capture(id) == .captured(id))
            #expect(try await test.provider.capture(id) == .captured(id))
            #expect(try await test.provider.find(payment) == .captured(id))
            #expect(try await test.account(of: payment) == .charged)
        },
        PaymentCase("a void lets go of the money, and no capture takes it after that") { test in
            let (payment, id) = try await test.authorized()
            #expect(try await test.provider.void(id) == .voided)
            #expect(try await test.provider.void(id) == .voided)
            #expect(try await test.provider.capture(id) == .voided)
            #expect(try await test.provider.find(payment) == .voided)
            #expect(try await test.account(of: payment) == .untouched)
        },
        PaymentCase("what was taken is not let go of by a void") { test in
            let (payment, id) = try await test.authorized()
            _ = try await test.provider.capture(id)
            #expect(try await test.provider.void(id) == .captured(id))
            #expect(try await test.account(of: payment) == .charged)
        },
        PaymentCase("refunds give back part by part, each once") { test in
            let (payment, id) = try await test.authorized()
            _ = try await test.provider.capture(id)
            let refunds = [(RefundID.random(), Int64(1000)), (.random(), 1500)]
            for (refund, amount) in refunds {
                try await test.provider.refund(id, refund, amount: amount)
                try await test.provider.refund(id, refund, amount: amount)
            }
            let wanted = AccountUnderTest(captured: 2500, refunded: 2500, timesCharged: 1)
            #expect(try await test.account(of: payment) == wanted)
        },
        PaymentCase("a refund that was made before is not made larger, and that is told") { test in
            let (payment, id) = try await test.authorized()
            _ = try await test.provider.capture(id)
            let refund = RefundID.random()
            try await test.provider.refund(id, refund, amount: 600)
            try await test.provider.refund(id, refund, amount: 400)
            await refused { try await test.provider.refund(id, refund, amount: 1000) }
            #expect(try await test.account(of: payment).refunded == 600)
        },
        PaymentCase("one refund asked for many times at once is made once") { test in
            let (payment, id) = try await test.authorized()
            _ = try await test.provider.capture(id)
            let provider = test.provider
            let refund = RefundID.random()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do { try await provider.refund(id, refund, amount: 700) } catch {}
                    }
                }
            }
            #expect(try await test.account(of: payment).refunded == 700)
        },
        PaymentCase("a refund that failed can be made again, and then is made once") { test in
            let (payment, id) = try await test.authorized(.unrefundable)
            _ = try await test.provider.capture(id)
            let refund = RefundID.random()
            await refused { try await test.provider.refund(id, refund, amount: 700) }
            #expect(try await test.account(of: payment).refunded == 0)
            try await test.provider.refund(id, refund, amount: 700)
            try await test.provider.refund(id, refund, amount: 700)
            #expect(try await test.account(of: payment).refunded == 700)
        },
        PaymentCase("all that is left is given back, even if that is nothing") { test in
            let (payment, id) = try await test.authorized()
            _ = try await test.provider.capture(id)
            try await test.provider.refund(id, .random(), amount: 1000)
            let rest = RefundID.random()
            try await test.provider.refund(id, rest, amount: nil)
            try await test.provider.refund(id, rest, amount: nil)
            try await test.provider.refund(id, .random(), amount: nil)
            #expect(try await test.account(of: payment).refunded == 2500)
        },
        PaymentCase("no more is given back than was taken") { test in
            let (payment, id) = try await test.authorized()
            await #expect(throws: PaymentError.self) { try await test.provider.refund(id, .random(), amount: 100) }
            _ = try await test.provider.capture(id)
            try await test.provider.refund(id, .random(), amount: 2000)
            await refused { try await test.provider.refund(id, .random(), amount: 501) }
            #expect(try await test.account(of: payment).refunded == 2000)
        },
        PaymentCase("a payment that there is not is refused") { test in
            await refused { _ = try await test.provider.capture("pi_none") }
            await refused { _ = try await test.provider.void("pi_none") }
            await refused { try await test.provider.refund("pi_none", .random(), amount: 1) }
        },
    ]

    static let unanswered: [PaymentCase] = [false, true].flatMap { tookEffect in
        let manner = tookEffect ? "that took effect" : "without effect"
        return [
            PaymentCase("an unanswered authorization \(manner) is found as it is, and may be repeated") { test in
                let payment = try await test.payment(.random(), card: .unanswered(.authorize, tookEffect: tookEffect))
                await unknown { _ = try await test.provider.authorize(payment) }
                #expect(try await test.account(of: payment) == (tookEffect ? .setAside : .untouched))
                #expect((try await test.provider.find(payment) != nil) == tookEffect)
                let state = try await test.provider.authorize(payment)
                #expect(try await test.provider.find(payment) == state)
                #expect(try await test.account(of: payment) == .setAside)
            },
            PaymentCase("closing after an unanswered authorization \(manner) settles it") { test in
                let payment = try await test.payment(.random(), card: .unanswered(.authorize, tookEffect: tookEffect))
                await unknown { _ = try await test.provider.authorize(payment) }
                let state = try await test.provider.close(payment)
                #expect((state == .voided) != tookEffect)
                #expect(try await test.provider.authorize(payment) == state)
                #expect(try await test.account(of: payment) == (tookEffect ? .setAside : .untouched))
            },
            PaymentCase("an unanswered capture \(manner) is found as it is, and repeated charges once") { test in
                let (payment, id) = try await test.authorized(.unanswered(.capture, tookEffect: tookEffect))
                await unknown { _ = try await test.provider.capture(id) }
                #expect(try await test.provider.find(payment) == (tookEffect ? .captured(id) : .authorized(id)))
                #expect(try await test.provider.capture(id) == .captured(id))
                #expect(try await test.account(of: payment) == .charged)
            },
            PaymentCase("an unanswered void \(manner) is found as it is, and may be repeated") { test in
                let (payment, id) = try await test.authorized(.unanswered(.void, tookEffect: tookEffect))
                await unknown { _ = try await test.provider.void(id) }
                #expect(try await test.provider.find(payment) == (tookEffect ? .voided : .authorized(id)))
                #expect(try await test.provider.void(id) == .voided)
                #expect(try await test.account(of: payment) == .untouched)
            },
            PaymentCase("an unanswered refund \(manner), repeated, gives back once") { test in
                let (payment, id) = try await test.authorized(.unanswered(.refund, tookEffect: tookEffect))
                _ = try await test.provider.capture(id)
                let refund = RefundID.random()
                await unknown { try await test.provider.refund(id, refund, amount: 600) }
                #expect(try await test.account(of: payment).refunded == (tookEffect ? 600 : 0))
                try await test.provider.refund(id, refund, amount: 600)
                #expect(try await test.account(of: payment).refunded == 600)
            },
        ]
    }
}

/// Fails unless `call` says that it does not know.
func unknown(_ call: () async throws -> Void, at place: SourceLocation = #_sourceLocation) async {
    await expect(call, at: place) { if case .unknown = $0 { true } else { false } }
}

/// Fails unless `call` is answered, and the answer does not tell what came of it.
func undecided(_ call: () async throws -> Void, at place: SourceLocation = #_sourceLocation) async {
    await expect(call, at: place) { if case .undecided = $0 { true } else { false } }
}

/// Fails unless `call` is refused for good.
func refused(_ call: () async throws -> Void, at place: SourceLocation = #_sourceLocation) async {
    await expect(call, at: place) { if case .refused = $0 { true } else { false } }
}

private func expect(
    _ call: () async throws -> Void, at place: SourceLocation, _ fits: (PaymentError) -> Bool
) async {
    do {
        try await call()
        Issue.record("it was answered", sourceLocation: place)
    } catch {
        #expect((error as? PaymentError).map(fits) == true, "\(error)", sourceLocation: place)
    }
}
