import Domain
import EventLog
import Following
import OpenPayments
import PaymentContract
import Payments
import Testing
import TestSupport

/// What others do at the provider is found and recorded, with no webhook at all.
@Suite struct `The log follows the money` {
    private func sold(_ shop: Shop, seat: Int = 1) async throws -> OrderID {
        let order = try await shop.order(seat: seat)
        #expect(try await shop.end(of: order).status == .completed)
        return order
    }

    private func types(_ shop: Shop) async -> [String] {
        await shop.log.events(after: 0, limit: .max).map(\.event.type)
    }

    @Test func `when somebody refunds at the provider, and never returns it again`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                let order = try await sold(shop)
                await shop.provider.books.refundByHand(order, "re_hand", amount: 3_000)
                try await eventually("it is on record") { await types(shop).contains("ProviderRefunded") }
                try await shop.submit(.refund(order, tickets: nil, by: UserID("ada")))
                try await shop.settled()
                let account = try #require(await shop.account(order))
                #expect(account.refunded == 5_000 && account.refunds.values.elementsEqual([2_000]))
                #expect(await types(shop).count { $0 == "ProviderRefunded" } == 1)
            }
        }
    }

    @Test func `when our refund meets another that nobody has told of yet`() async throws {
        var limits = PaymentLimits.brisk
        limits.changesLookInterval = .seconds(1_000)
        try await Shop().open { [limits] shop in
            try await shop.paying(limits: limits) { _ in
                let order = try await sold(shop)
                await shop.provider.books.refundByHand(order, "re_hand", amount: 5_000)
                try await shop.submit(.refund(order, tickets: nil, by: UserID("ada")))
                try await shop.settled()
                let account = try #require(await shop.account(order))
                #expect(account.refunded == 5_000 && account.refunds.isEmpty)
            }
        }
    }

    @Test func `when it has lost a smaller refund of the same name`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                let order = try await sold(shop)
                try await shop.provider.books.refund("pi_\(order)", RefundID("\(order)-r1"), amount: 2_000)
                try await shop.submit(.refund(order, tickets: nil, by: UserID("ada")))
                try await shop.settled()
                let account = try #require(await shop.account(order))
                #expect(account.refunds == [RefundID("\(order)-r1"): 2_000, RefundID("\(order)-r2"): 3_000])
                #expect(await types(shop).suffix(3) == ["PaymentRefunded", "TicketsReturned", "PaymentRefunded"])
            }
        }
    }

    @Test func `when a show is cancelled whose orders were refunded by hand`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                var orders: [OrderID] = []
                for seat in 1...4 { orders.append(try await sold(shop, seat: seat)) }
                for (number, order) in orders.enumerated() {
                    await shop.provider.books.refundByHand(order, "re_\(number)", amount: Int64(number) * 2_000)
                }
                try await shop.submit(.cancelShow)
                try await eventually("all is returned") {
                    let open = shop.view.read { view, _ in view.orders.values.contains { $0.work != nil } }
                    let returns = await types(shop).count { $0 == "TicketsReturned" }
                    // The log is ahead of the view: only the provider knows that the money is back.
                    var accounts: [Bool] = []
                    for order in orders {
                        accounts.append(await shop.account(order).map { $0.refunded == $0.captured } ?? false)
                    }
                    return returns == orders.count && !open && accounts.allSatisfy(\.self)
                }
            }
        }
    }

    @Test func `when somebody captures a part by hand`() async throws {
        try await Shop().open { shop in
            await shop.provider.stop(next: .capture, .before)
            try await shop.paying { _ in
                let order = try await shop.order(seat: 1)
                try await eventually("it is to be captured") { await shop.provider.isSomebodyStopped }
                await shop.provider.books.captureByHand(order, amount: 3_000)
                await shop.provider.letGo()
                #expect(try await shop.end(of: order).status == .completed)
                try await shop.submit(.refund(order, tickets: nil, by: UserID("ada")))
                try await shop.settled()
                let account = try #require(await shop.account(order))
                #expect(account.captured == 3_000 && account.refunded == 3_000)
            }
        }
    }

    @Test func `when a payment is disputed, and until that is over`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                let order = try await sold(shop)
                for status in [DisputeChanged.Status.open, .fundsWithdrawn, .lost] {
                    await shop.provider.books.dispute(
                        order, .init(id: "dp_1", status: status, amount: 5_000, reason: "fraudulent"))
                    try await eventually("\(status) is on record") {
                        shop.view.read { view, _ in view.orders[order]?.disputes.first?.status == status }
                    }
                    #expect(
                        shop.view.read { view, _ in view.orders[order]?.ways } == [.accept, .suspend, .restore, .end])
                }
                try await shop.submit(.payment(.ended(nil), of: order))
                try await eventually("nothing is left to do") {
                    shop.view.read { view, _ in view.orders[order] == nil }
                }
                #expect(await shop.account(order)?.refunded == 0)
            }
        }
    }

    @Test(arguments: [true, false])
    func `after the buyer has seen their bank, and only then`(isPassed: Bool) async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                let order = try await shop.order(seat: 1, card: InMemoryPaymentProvider.challengedCard)
                try await eventually("the buyer is asked") {
                    shop.view.read { view, _ in view.orders[order]?.status == .requiresAction }
                }
                let secret = shop.view.read { view, _ in view.orders[order]?.sealedSecret }
                #expect(secret.map { String(decoding: $0, as: UTF8.self) } == "secret of pi_\(order)")
                await shop.provider.books.challenge(order, isPassed: isPassed)
                try await eventually("the order has ended") {
                    shop.view.read { view, _ in view.orders[order] == nil }
                }
                let account = try #require(await shop.account(order))
                #expect(account.captured == (isPassed ? 5_000 : 0))
                #expect(isPassed || account.state == .voided)
                #expect(await types(shop).count { $0 == "PaymentActionRequired" } == 1)
            }
        }
    }

    @Test func `and lets go of what no buyer came for`() async throws {
        try await Shop().open { shop in
            try await shop.paying { _ in
                let order = try await shop.order(seat: 1, card: InMemoryPaymentProvider.challengedCard)
                try await eventually("the buyer is asked") {
                    shop.view.read { view, _ in view.orders[order]?.status == .requiresAction }
                }
                shop.advance(seconds: 301)
                try await shop.submit(.expireHolds(limit: 10))
                try await shop.settled()
                #expect(await shop.account(order)?.state == .voided)
            }
        }
    }
}
