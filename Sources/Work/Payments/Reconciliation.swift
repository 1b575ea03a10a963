package import Domain

/// One payment at the provider, for comparison with the log.
package struct ListedPayment: Equatable, Sendable {
    package enum State: String, Equatable, Sendable {
        /// Not decided, or waiting for the buyer: money may yet be set aside.
        case open
        case authorized, captured
        /// Declined or voided.
        case none
    }

    /// The provider's.
    package var paymentID: String
    /// Nil: it names no order of ours.
    package var orderID: OrderID?
    package var state: State
    /// ISO 4217, three capital letters; amounts are in its minor units.
    package var currency: String
    package var captured: Int64
    /// Those that were made and did not fail.
    package var refunds: [ProviderLedger.Refund]

    package init(
        paymentID: String, orderID: OrderID?, state: State, currency: String, captured: Int64,
        refunds: [ProviderLedger.Refund]
    ) {
        self.paymentID = paymentID
        self.orderID = orderID
        self.state = state
        self.currency = currency
        self.captured = captured
        self.refunds = refunds
    }

    /// Minor units that are captured and did not go back.
    package var left: Int64 { captured - refunds.reduce(0) { $0 + $1.amount } }
}

/// The orders of the log, as far as money goes: a fold of all events.
package struct LoggedPayments: Sendable {
    package struct Order: Equatable, Sendable {
        package enum State: Equatable, Sendable {
            /// The payment process has something to do.
            case open
            case captured
            case none
        }

        package var startedAt: Timestamp
        package var paymentID = ""
        package var state = State.open
        package var captured: Int64 = 0
        package var refunded: Int64 = 0
    }

    package private(set) var orders: [OrderID: Order] = [:]

    package init() {}

    package mutating func apply(_ event: ShowEvent) {
        guard case .order(let event) = event else { return }
        if case .started(let started) = event {
            orders[started.orderID] = Order(startedAt: started.startedAt)
            return
        }
        guard var order = orders[event.orderID] else { return }
        switch event {
        case .started, .parked, .resumed, .returned, .swapped: break
        case .sold(let sold): order.paymentID = sold.paymentID
        case .failed(let failed):
            switch failed.payment {
            case .none: order.state = .none
            case .unknown: break
            case .authorized(let id): order.paymentID = id
            }
        case .captured(let captured): (order.state, order.captured) = (.captured, captured.amount)
        case .voided: order.state = .none
        case .refunded(let refunded): order.refunded += refunded.amount
        case .money(.refunded(let refunded)): order.refunded += refunded.amount
        case .money(.actionRequired(let action)): order.paymentID = action.paymentID
        case .money: break
        }
        orders[event.orderID] = order
    }
}

/// The provider's list against the log, both ways. The list must be read before the log: an order is in the log before
/// anything of it is at the provider.
package enum Reconciliation {
    /// What one side has and the other does not.
    package struct Finding: Equatable, Sendable {
        package enum Kind: String, Sendable {
            /// Money at the provider for an order that the log does not have: a restore may have lost it.
            case orderNotInLog = "order-not-in-log"
            /// Money at the provider for an order that came to nothing, or that was paid by another payment.
            case paymentWithoutSale = "payment-without-sale"
            /// A payment that names no order; perhaps another system's on the same account.
            case notOurs = "names-no-order"
            case missingAtProvider = "missing-at-provider"
            case otherAmountCaptured = "other-amount-captured"
            case refundNotInLog = "refund-not-in-log"
            case refundNotAtProvider = "refund-not-at-provider"
        }

        /// How it is settled; nil: somebody has to look.
        package enum Settlement: String, Sendable {
            /// Let go of the authorization.
            case void
            /// Give back all that is left.
            case refund
            /// Record what the provider has.
            case record
        }

        package var kind: Kind
        package var orderID: OrderID?
        package var paymentID: String
        package var settlement: Settlement?
        /// Minor units at the provider, and in the log: what was captured, or refunded, by the kind.
        package var atProvider: Int64
        package var inLog: Int64
    }

    /// - Parameter since: orders that began earlier are not missed at the provider.
    package static func findings(
        provider: [ListedPayment], log: [OrderID: LoggedPayments.Order], since: Timestamp
    ) -> [Finding] {
        var findings = provider.compactMap { payment -> Finding? in
            guard let orderID = payment.orderID else {
                return payment.left > 0 || payment.state == .authorized
                    ? finding(.notOurs, payment, settles: false) : nil
            }
            guard let order = log[orderID] else { return finding(.orderNotInLog, payment, settles: true) }
            guard order.paymentID == payment.paymentID || order.paymentID.isEmpty else {
                return finding(.paymentWithoutSale, payment, settles: true)
            }
            switch order.state {
            // The payment process is at it.
            case .open: return nil
            case .none: return finding(.paymentWithoutSale, payment, settles: true)
            case .captured: return difference(payment, order)
            }
        }
        let listed = Set(provider.map(\.paymentID))
        for (id, order) in log.sorted(by: { $0.key < $1.key })
        where order.state == .captured && order.captured > 0 && order.startedAt >= since
            && !listed.contains(order.paymentID)
        {
            findings.append(
                Finding(
                    kind: .missingAtProvider, orderID: id, paymentID: order.paymentID, settlement: nil, atProvider: 0,
                    inLog: order.captured))
        }
        return findings
    }

    /// Nil: no money is, or may be, taken.
    private static func finding(_ kind: Finding.Kind, _ payment: ListedPayment, settles: Bool) -> Finding? {
        let settlement: Finding.Settlement
        switch payment.state {
        case .none: return nil
        case .open, .authorized: settlement = .void
        case .captured:
            guard payment.left > 0 else { return nil }
            settlement = .refund
        }
        return Finding(
            kind: kind, orderID: payment.orderID, paymentID: payment.paymentID,
            settlement: settles ? settlement : nil, atProvider: payment.left, inLog: 0)
    }

    private static func difference(_ payment: ListedPayment, _ order: LoggedPayments.Order) -> Finding? {
        let refunded = payment.refunds.reduce(0) { $0 + $1.amount }
        var finding = Finding(
            kind: .otherAmountCaptured, orderID: payment.orderID, paymentID: payment.paymentID, settlement: nil,
            atProvider: payment.captured, inLog: order.captured)
        if order.captured == 0 && payment.captured == 0 { return nil }
        guard payment.captured == order.captured else { return finding }
        guard refunded != order.refunded else { return nil }
        (finding.atProvider, finding.inLog) = (refunded, order.refunded)
        finding.kind = refunded > order.refunded ? .refundNotInLog : .refundNotAtProvider
        finding.settlement = refunded > order.refunded ? .record : nil
        return finding
    }
}
