public import Domain

extension OrderRecord {
    /// Of this one the view knows no more than it takes to pay back: it was settled before, and its total, tickets and
    /// hold are no longer here.
    public var isRefundOnly: Bool { holdID.rawValue.isEmpty }
}
