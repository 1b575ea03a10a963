import Domain
import Testing

@testable import Payments

@Suite struct `The provider's list against the log` {
    private typealias Finding = Reconciliation.Finding

    private func payment(
        _ id: String, of order: String?, _ state: ListedPayment.State = .captured, captured: Int64 = 100,
        refunds: [Int64] = []
    ) -> ListedPayment {
        ListedPayment(
            paymentID: id, orderID: order.map { OrderID($0) }, state: state, currency: "EUR",
            captured: state == .captured ? captured : 0,
            refunds: refunds.enumerated().map { .init(id: "re_\($0.offset)", refundID: nil, amount: $0.element) })
    }

    private func order(
        _ paymentID: String, _ state: LoggedPayments.Order.State = .captured, captured: Int64 = 100, refunded: Int64 = 0
    ) -> LoggedPayments.Order {
        LoggedPayments.Order(
            startedAt: Timestamp(microseconds: 10), paymentID: paymentID, state: state,
            captured: state == .captured ? captured : 0, refunded: refunded)
    }

    private func findings(
        _ payments: [ListedPayment], _ orders: [String: LoggedPayments.Order], since: Int64 = 0
    ) -> [Finding] {
        Reconciliation.findings(
            provider: payments, log: Dictionary(uniqueKeysWithValues: orders.map { (OrderID($0.key), $0.value) }),
            since: Timestamp(microseconds: since))
    }

    @Test func `agrees where both have the same, or the payment process is at it`() {
        #expect(
            findings(
                [
                    payment("a", of: "s-a"), payment("b", of: "s-b", refunds: [40, 60]), payment("c", of: "s-c", .none),
                    payment("d", of: "s-d", .authorized), payment("e", of: nil, .none),
                ],
                [
                    "s-a": order("a"), "s-b": order("b", refunded: 100), "s-c": order("", .none),
                    "s-d": order("d", .open),
                ]
            ).isEmpty)
    }

    @Test func `finds an order that a restore lost, and lets go of its money or gives back the rest`() {
        let found = findings([payment("a", of: "s-a", refunds: [30]), payment("b", of: "s-b", .authorized)], [:])
        #expect(found.map(\.kind) == [.orderNotInLog, .orderNotInLog])
        #expect(found.map(\.settlement) == [.refund, .void])
        #expect(found[0].atProvider == 70)
        #expect(findings([payment("a", of: "s-a", refunds: [100]), payment("b", of: "s-b", .none)], [:]).isEmpty)
    }

    @Test func `finds money without a sale, and a second payment of one order`() {
        let found = findings(
            [payment("a", of: "s-a"), payment("b2", of: "s-b"), payment("b", of: "s-b")],
            ["s-a": order("a", .none), "s-b": order("b")])
        #expect(found.map(\.paymentID) == ["a", "b2"])
        #expect(found.allSatisfy { $0.kind == .paymentWithoutSale && $0.settlement == .refund })
    }

    @Test func `leaves alone what names no order`() {
        let found = findings([payment("a", of: nil)], [:])
        #expect(found.map(\.kind) == [.notOurs] && found[0].settlement == nil)
    }

    @Test func `finds what only the log has, and amounts that differ`() {
        let found = findings(
            [payment("b", of: "s-b", captured: 90), payment("c", of: "s-c", refunds: [50])],
            ["s-a": order("a"), "s-b": order("b"), "s-c": order("c", refunded: 80), "s-free": order("", captured: 0)])
        #expect(found.map(\.kind) == [.otherAmountCaptured, .refundNotAtProvider, .missingAtProvider])
        #expect(found.allSatisfy { $0.settlement == nil })
        #expect(findings([], ["s-a": order("a")], since: 11).isEmpty)
    }

    @Test func `records a refund that only the provider has`() {
        let found = findings([payment("a", of: "s-a", refunds: [50, 20])], ["s-a": order("a", refunded: 50)])
        #expect(found.map(\.kind) == [.refundNotInLog] && found[0].settlement == .record)
        #expect(found[0].atProvider == 70 && found[0].inLog == 50)
    }
}
