import Domain
import Testing

@testable import Payments

@Suite struct `Which payments' books are read` {
    private var watch = BooksWatch()
    private let order = OrderID("show-order")
    private let refunded = ProviderLedger(
        paymentID: "pi_1", captured: 5, refunds: [.init(id: "re_1", refundID: nil, amount: 5)])

    private mutating func calls(_ seconds: Int, time: Int64 = 1_000_000) -> [BooksWatch.Call] {
        watch.advance(now: .seconds(seconds), time: time)
    }

    private mutating func hear(
        _ ledger: ProviderLedger, of order: OrderID?, at seconds: Int
    ) -> BooksWatch.Finding? {
        watch.answered(
            .books(paymentID: "pi_1"), .success(.books(ProviderBooks(orderID: order, ledger: ledger))),
            now: .seconds(seconds))
    }

    @Test mutating func `are those of the provider's lists, asked for from the last answer on`() {
        let first = BooksWatch.Call.changes(since: 1_000_000 - 3 * 86_400 - 60)
        #expect(calls(0) == [first])
        #expect(calls(1).isEmpty)
        #expect(watch.answered(first, .failure(.unavailable("away")), now: .seconds(1)) == nil)
        #expect(calls(11) == [first])
        #expect(watch.answered(first, .success(.changes(["pi_2", "pi_1"])), now: .seconds(12)) == nil)
        #expect(calls(12) == [.books(paymentID: "pi_1"), .books(paymentID: "pi_2")])
        #expect(calls(22, time: 1_000_100) == [.changes(since: 1_000_000 - 60)])
    }

    @Test mutating func `are proposed once, while they stay the same, and looked at once more`() {
        _ = calls(0)
        watch.hinted("pi_1", now: .seconds(1))
        #expect(calls(1) == [.books(paymentID: "pi_1")])
        let finding = BooksWatch.Finding(order: order, show: ShowID("show"), ledger: refunded)
        #expect(hear(refunded, of: order, at: 1) == finding)
        #expect(calls(2).isEmpty)
        #expect(calls(31).contains(.books(paymentID: "pi_1")))
        #expect(hear(refunded, of: order, at: 31) == nil)
        watch.failed(finding, now: .seconds(32))
        #expect(calls(33).contains(.books(paymentID: "pi_1")))
        #expect(hear(refunded, of: order, at: 33) == finding)
    }

    @Test mutating func `are none of our business where they name no order, or hold nothing but ours`() {
        _ = calls(0)
        let ours = ProviderLedger(
            paymentID: "pi_1", captured: 5, refunds: [.init(id: "re_1", refundID: RefundID("r"), amount: 5)])
        for (ledger, order) in [(refunded, nil), (refunded, OrderID("nodash")), (ours, order)] {
            watch.hinted("pi_1", now: .seconds(1))
            _ = calls(1)
            #expect(hear(ledger, of: order, at: 1) == nil)
        }
        #expect(watch.count == 0)
    }

    @Test mutating func `are read again until the provider answers, a few at a time`() {
        _ = calls(0)
        for number in 0..<20 { watch.hinted("pi_\(number)", now: .zero) }
        let first = calls(0)
        #expect(first.count == 8)
        for call in first { #expect(watch.answered(call, .failure(.unknown("lost")), now: .zero) == nil) }
        #expect(calls(1).count == 8)
        #expect(watch.count == 20)
    }
}
