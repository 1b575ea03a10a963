/// What the payment provider's books say of one payment: what was taken, and everything that went back.
public struct ProviderLedger: Equatable, Sendable {
    public struct Refund: Equatable, Sendable {
        /// The provider's id.
        public var id: String
        /// Ours, where this log asked for it.
        public var refundID: RefundID?
        /// Minor units.
        public var amount: Int64

        public init(id: String, refundID: RefundID?, amount: Int64) {
            self.id = id
            self.refundID = refundID
            self.amount = amount
        }
    }

    public struct Dispute: Equatable, Sendable {
        /// The provider's id.
        public var id: String
        public var status: DisputeChanged.Status
        /// Minor units.
        public var amount: Int64
        /// The provider's code for why.
        public var reason: String

        public init(id: String, status: DisputeChanged.Status, amount: Int64, reason: String) {
            self.id = id
            self.status = status
            self.amount = amount
            self.reason = reason
        }
    }

    /// The provider's id of the payment.
    public var paymentID: String
    /// Minor units that were taken, whatever went back since.
    public var captured: Int64
    /// Those that were made and did not fail, oldest first.
    public var refunds: [Refund]
    public var disputes: [Dispute]

    public init(paymentID: String, captured: Int64, refunds: [Refund] = [], disputes: [Dispute] = []) {
        self.paymentID = paymentID
        self.captured = captured
        self.refunds = refunds
        self.disputes = disputes
    }

    /// Some of it was not asked for by this log.
    public var hasForeignEntries: Bool { !disputes.isEmpty || refunds.contains { $0.refundID == nil } }
}
