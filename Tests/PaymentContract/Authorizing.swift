internal import Domain
internal import Payments
internal import Testing

extension PaymentCase {
    static let authorizing: [PaymentCase] = [
        PaymentCase("an authorization sets the amount aside and takes nothing") { test in
            let (payment, id) = try await test.authorized()
            #expect(try await test.account(of: payment) == .setAside)
            #expect(try await test.provider.find(payment) == .authorized(id))
        },
        PaymentCase("a repeated authorization is one, and says how the payment stands now") { test in
            let (payment, id) = try await test.authorized()
            #expect(try await test.provider.authorize(payment) == .authorized(id))
            #expect(try await test.account(of: payment) == .setAside)
            _ = try await test.provider.capture(id)
            #expect(try await test.provider.authorize(payment) == .captured(id))
            #expect(try await test.account(of: payment) == .charged)
        },
        PaymentCase("authorizations of one order at the same time are one") { test in
            let payment = try await test.payment(.random(), card: .good)
            let provider = test.provider
            let answers = await withTaskGroup(of: PaymentState?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do { return try await provider.authorize(payment) } catch { return nil }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.compactMap { $0 }.map { "\($0)" }).count == 1)
            #expect(try await test.account(of: payment) == .setAside)
        },
        PaymentCase("a declined payment says why, each time, and takes nothing") { test in
            let payment = try await test.payment(.random(), card: .poor)
            #expect(try await test.provider.authorize(payment) == .declined("insufficient_funds"))
            #expect(try await test.provider.authorize(payment) == .declined("insufficient_funds"))
            #expect(try await test.provider.find(payment) == .declined("insufficient_funds"))
            #expect(try await test.account(of: payment) == .untouched)
        },
        PaymentCase("an amount that can't be charged is refused, and any other is not") { test in
            for (amount, currency) in amountsOfManyCurrencies {
                var payment = try await test.payment(.random(), card: .good)
                (payment.amount, payment.currency) = (amount, currency)
                if canCharge(test, amount, currency) {
                    guard case .authorized = try await test.provider.authorize(payment) else { throw NotAuthorized() }
                } else {
                    await refused { _ = try await test.provider.authorize(payment) }
                }
            }
        },
        PaymentCase("what was never asked for is not found") { test in
            let payment = try await test.payment(.random(), card: .good)
            #expect(try await test.provider.find(payment) == nil)
        },
        PaymentCase("orders are told apart, whatever their ids are made of") { test in
            let ids = ["o'1", "o\\1", "o\"1", "o&1=2", "o%271", "o+1", "o#1?", "metadata['order']:'o1'"]
                .map(OrderID.init)
            var payments: [(PaymentRequest, String)] = []
            for id in ids { payments.append(try await test.authorized(.good, id)) }
            #expect(Set(payments.map(\.1)).count == ids.count)
            for (payment, id) in payments { #expect(try await test.provider.find(payment) == .authorized(id)) }
            #expect(try await test.provider.find(test.payment(OrderID("o1"), card: .good)) == nil)
        },
    ]

    static let closing: [PaymentCase] = [
        PaymentCase("what is refused is never authorized, and closing it says so") { test in
            var payment = try await test.payment(.random(), card: .good)
            payment.amount = 100_000_000
            await refused { _ = try await test.provider.authorize(payment) }
            #expect(try await test.provider.find(payment) == nil)
            #expect(try await test.provider.close(payment) == .voided)
            #expect(try await test.account(of: payment) == .untouched)
        },
        PaymentCase("a payment of another amount or currency is not taken for the order's, and can be voided") { test in
            let (payment, id) = try await test.authorized()
            for change in [{ $0.amount += 1 }, { $0.currency = "USD" }] as [@Sendable (inout PaymentRequest) -> Void] {
                var other = payment
                change(&other)
                await undecided { _ = try await test.provider.authorize(other) }
                await refused { _ = try await test.provider.find(other) }
                #expect(try await test.provider.close(other) == .authorized(id))
            }
            #expect(try await test.account(of: payment) == .setAside)
            #expect(try await test.provider.void(id) == .voided)
            var other = payment
            other.amount += 1
            #expect(try await test.provider.find(other) == .voided)
        },
        PaymentCase("an order that is closed is never authorized any more") { test in
            let payment = try await test.payment(.random(), card: .good)
            #expect(try await test.provider.close(payment) == .voided)
            #expect(try await test.provider.authorize(payment) == .voided)
            #expect(try await test.provider.find(payment) == .voided)
            #expect(try await test.provider.close(payment) == .voided)
            #expect(try await test.account(of: payment) == .untouched)
        },
        PaymentCase("closing leaves the payment that there is, and says how it stands") { test in
            let (authorized, id) = try await test.authorized()
            #expect(try await test.provider.close(authorized) == .authorized(id))
            #expect(try await test.account(of: authorized) == .setAside)
            _ = try await test.provider.capture(id)
            #expect(try await test.provider.close(authorized) == .captured(id))
            let declined = try await test.payment(.random(), card: .poor)
            _ = try await test.provider.authorize(declined)
            #expect(try await test.provider.close(declined) == .declined("insufficient_funds"))
        },
        PaymentCase("of an authorization and a close at the same time one comes first, for both") { test in
            for _ in 0..<20 {
                let payment = try await test.payment(.random(), card: .good)
                let provider = test.provider
                async let authorizing = provider.authorize(payment)
                async let closing = provider.close(payment)
                // Either may lose the race in a way that says nothing: then it is asked again, as the process does.
                var states: [PaymentState] = []
                do { states.append(try await authorizing) } catch _ as PaymentError {}
                do { states.append(try await closing) } catch _ as PaymentError {}
                let state = try await provider.close(payment)
                #expect(states.allSatisfy { $0 == state || $0.isPending })
                #expect(try await test.account(of: payment) == (state == .voided ? .untouched : .setAside))
                #expect(try await provider.find(payment) == state)
            }
        },
    ]
}

/// Some currencies are charged in steps larger than their minor unit.
private let amountsOfManyCurrencies: [(Int64, String)] = [(2500, "EUR"), (2505, "KWD"), (2510, "KWD"), (2550, "MGA")]

private func canCharge<Test: ProviderUnderTest>(_: Test, _ amount: Int64, _ currency: String) -> Bool {
    Test.Provider.canCharge(amount, currency)
}

extension PaymentState {
    /// What was placed to close the order may be seen before it is voided.
    fileprivate var isPending: Bool {
        if case .pending = self { true } else { false }
    }
}
