import Domain
import EventLog
import HTTPServer
import WebAPI

extension Problem {
    /// An order that came to nothing, told to whoever waited for it: decided, on record, and the same for ever.
    ///
    /// - Parameter fencingToken: the hold's now, for another attempt.
    init(_ reason: PurchaseFailed.Reason, of order: OrderID, at token: SequenceToken, fencingToken: Int64) {
        self.init(.paymentFailed, outcome: .rejected, sequence: token)
        members = [Member("orderId", .string(order.rawValue)), Member("failure", .string(reason.name))]
        switch reason {
        case .declined(let declineCode):
            code = .paymentDeclined
            detail = "What is left of the hold's time may be used to pay in another way."
            members.append(Member("declineCode", .string(declineCode)))
        case .expired: detail = "The hold's time was over before it was paid for."
        case .showCancelled: detail = "The show is cancelled."
        case .abandoned: detail = "The payment was given up."
        }
        members.append(Member("fencingToken", .integer(fencingToken)))
    }
}
