import Domain
import EventLog
import HTTPServer
import WebAPI

extension Problem {
    /// A failed order, told to the caller who waited for it: recorded, and the same for ever.
    ///
    /// - Parameters:
    ///   - fencingToken: the hold's now, for another attempt.
    ///   - mergedHold: the hold that has the places of all that were ordered together; nil: only one was.
    init(
        _ reason: PurchaseFailed.Reason, of order: OrderID, at token: LogPosition, fencingToken: Int64,
        mergedHold: HoldID?
    ) {
        self.init(.paymentFailed, outcome: .rejected, sequence: token)
        members = [Member("orderId", .string(order.rawValue)), Member("failure", .string(reason.name))]
        switch reason {
        case .declined(let declineCode):
            code = .paymentDeclined
            detail = "Until the hold expires it can be paid for in another way."
            members.append(Member("declineCode", .string(declineCode)))
        case .expired: detail = "The hold expired before it was paid for."
        case .showCancelled: detail = "The show is cancelled."
        case .abandoned: detail = "The payment was abandoned."
        }
        if let mergedHold { members.append(Member("holdId", .string(mergedHold.rawValue))) }
        members.append(Member("fencingToken", .integer(fencingToken)))
    }
}
