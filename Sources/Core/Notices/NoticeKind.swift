/// What a notice tells its reader.
public enum NoticeKind: String, CaseIterable, Sendable {
    /// Places are bought: the tickets, with their codes.
    case order
    /// The buyer's bank wants to see the buyer.
    case paymentAction = "payment-action"
    case paymentFailed = "payment-failed"
    /// Money went back.
    case refund
    /// Tickets are no more, for another reason than that their owner got the money back for them.
    case ticketsEnded = "tickets-ended"
    case ticketResold = "ticket-resold"
    /// Tickets are for other seats, with new codes.
    case seatsChanged = "seats-changed"
    case transferOffered = "transfer-offered"
    /// To whom a ticket was before.
    case transferAccepted = "transfer-accepted"
    /// To whom a ticket is now, with its code.
    case ticketReceived = "ticket-received"
    case waitlistJoined = "waitlist-joined"
    case waitlistOffer = "waitlist-offer"
    /// The reader's turn in a waiting room has come.
    case admission
    /// The turn was not used in time.
    case admissionMissed = "admission-missed"
    case showChanged = "show-changed"
    case showCancelled = "show-cancelled"

    /// Nobody needs it to use what they bought or were promised: readers may do without.
    public var isReminder: Bool { self == .waitlistJoined || self == .admissionMissed }
}
