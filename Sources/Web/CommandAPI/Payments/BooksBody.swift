import Domain
import HTTPServer
import WebAPI

/// `POST /payments/{id}/observe`: what the provider's books say of a payment.
struct BooksBody: Decodable {
    struct Refund: Decodable {
        var id: String
        var refundId: String?
        var amount: Int64
    }

    var paymentId: String
    var captured: Int64
    var refunds: [Refund]

    private static let refundsMax = 1_000
    private static let idLengthMax = 255
    /// Minor units; beyond these something is mistaken.
    private static let amounts: ClosedRange<Int64> = 0...1_000_000_000_000

    func ledger() throws(Problem) -> ProviderLedger {
        try requireID(paymentId, "paymentId")
        guard Self.amounts.contains(captured) else { throw .invalid("captured is no amount.") }
        guard refunds.count <= Self.refundsMax else { throw .invalid("At most \(Self.refundsMax) refunds.") }
        var refunds: [ProviderLedger.Refund] = []
        for refund in self.refunds {
            try requireID(refund.id, "A refund's id")
            guard Self.amounts.contains(refund.amount) else { throw .invalid("A refund's amount is none.") }
            var refundID: RefundID?
            if let text = refund.refundId {
                refundID = RefundID(checking: text)
                guard refundID != nil else { throw .invalid("A refund's refundId is no id.") }
            }
            refunds.append(ProviderLedger.Refund(id: refund.id, refundID: refundID, amount: refund.amount))
        }
        return ProviderLedger(paymentID: paymentId, captured: captured, refunds: refunds)
    }

    private func requireID(_ text: String, _ name: String) throws(Problem) {
        guard (1...Self.idLengthMax).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .invalid("\(name) must be 1 to \(Self.idLengthMax) visible ASCII characters.") }
    }
}
