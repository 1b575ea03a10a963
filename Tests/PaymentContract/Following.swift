internal import Domain
internal import Payments
internal import Testing

extension PaymentCase {
    static let following: [PaymentCase] = [
        PaymentCase("the books say what was taken and given back, and which of it we asked for") { test in
            let (payment, id) = try await test.authorized()
            #expect(try await test.provider.books(of: id).ledger == ProviderLedger(paymentID: id, captured: 0))
            _ = try await test.provider.capture(id)
            let refund = RefundID.random()
            try await test.provider.refund(id, refund, amount: 600)
            let books = try await test.provider.books(of: id)
            #expect(books.orderID == payment.orderID)
            #expect(books.ledger.captured == 2500 && books.ledger.disputes.isEmpty)
            #expect(books.ledger.refunds.map(\.refundID) == [refund] && books.ledger.refunds.map(\.amount) == [600])
            #expect(!books.ledger.hasForeignEntries)
        },
        PaymentCase("there are no books of a payment that there is not") { test in
            await refused { _ = try await test.provider.books(of: "pi_none") }
        },
        PaymentCase("what only we did is not listed as changed by others") { test in
            let (_, id) = try await test.authorized()
            _ = try await test.provider.capture(id)
            try await test.provider.refund(id, .random(), amount: 600)
            #expect(try await !test.provider.changedPayments(since: 0).contains(id))
        },
    ]
}
