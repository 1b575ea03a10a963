import Domain

extension StripeProvider {
    /// Every payment that was begun since a time, with its refunds; oldest last.
    ///
    /// - Parameter time: seconds since 1970.
    package func payments(since time: Int64) async throws(PaymentError) -> [ListedPayment] {
        do throws(StripeFailure) {
            var query = FormBody()
            query.add("created[gte]", time)
            // Refunds first: one that is made meanwhile is missed, and none is seen without its payment.
            let refunds = Dictionary(grouping: try await pages("refunds", query, of: StripeRefund.self)) {
                $0.paymentID ?? ""
            }
            return try await pages("payment_intents", query, of: StripeIntent.self).map { intent in
                let inMinorUnits = { StripeAmount.minorUnits(of: $0, intent.currency) }
                return ListedPayment(
                    paymentID: intent.id, orderID: intent.metadata?["order"].flatMap(OrderID.init(checking:)),
                    state: ListedPayment.State(intent.state), currency: intent.currency.uppercased(),
                    captured: inMinorUnits(intent.received),
                    refunds: (refunds[intent.id] ?? []).filter { !$0.hasFailed }.map { refund in
                        ProviderLedger.Refund(
                            id: refund.id, refundID: refund.metadata?["refund"].flatMap(RefundID.init(checking:)),
                            amount: inMinorUnits(refund.amount ?? 0))
                    })
            }
        } catch {
            throw Self.error(after: error)
        }
    }
}

extension ListedPayment.State {
    fileprivate init(_ state: PaymentState) {
        self =
            switch state {
            case .pending, .actionRequired: .open
            case .authorized: .authorized
            case .captured: .captured
            case .voided, .declined: .none
            }
    }
}
