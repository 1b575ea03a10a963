import Crypto
public import Domain
public import EventLog
import Text

/// What somebody is to be told of something that happened to a show.
///
/// It is made of what the log has, and so is the same whenever it is made. There is at most one of a kind, to a reader, of an
/// event.
public struct Notice: Equatable, Sendable {
    public enum Content: Equatable, Sendable {
        case order(SeatsSold)
        case paymentAction(OrderID)
        case paymentFailed(OrderID, PurchaseFailed.Reason)
        /// Minor units.
        case refund(OrderID, amount: Int64)
        /// By number.
        case ticketsEnded(OrderID, [Int], TicketsReturned.Reason)
        case ticketsResold([ResoldSeat])
        /// Tickets of the reader, with their codes.
        case tickets(OrderID, [OrderRecord.Ticket])
        /// A ticket that is offered to the reader, or was the reader's.
        case transfer(OrderRecord.Ticket)
        case waitlistJoined(place: Int)
        case waitlistOffer(HoldPlaced)
        case admission(claimUntil: Timestamp, sessionUntil: Timestamp)
        case admissionMissed
        /// The show as it was before.
        case showChanged(ShowFacts)
        /// Nil: no order of the reader's is paid back.
        case showCancelled(OrderID?, amount: Int64)
    }

    public var kind: NoticeKind
    public var user: UserID
    public var show: ShowID
    public var content: Content

    public init(_ kind: NoticeKind, to user: UserID, of show: ShowID, _ content: Content) {
        self.kind = kind
        self.user = user
        self.show = show
        self.content = content
    }

    /// Whether nobody can do any more what the notice asks for: a server that was away for hours brings no such mail.
    public func isOver(at now: Timestamp) -> Bool {
        switch content {
        case .waitlistOffer(let hold): hold.expiresAt <= now
        case .admission(let claimUntil, _): claimUntil <= now
        case .order, .paymentAction, .paymentFailed, .refund, .ticketsEnded, .ticketsResold, .tickets, .transfer,
            .waitlistJoined, .admissionMissed, .showChanged, .showCancelled:
            false
        }
    }

    /// What stands before the at sign of its `Message-ID`: the event's place in the log, the kind, and which of the event's
    /// readers it is for.
    public func id(at place: LogPosition) -> String {
        let reader = SHA256.hash(data: Array(user.rawValue.utf8)).prefix(6).hex
        return "\(place.epoch).\(place.position).\(kind.rawValue).\(reader)"
    }
}
