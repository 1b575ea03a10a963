import Domain
import EventLog
import HTTPServer
import WebAPI

extension Problem {
    /// A recorded refusal, told.
    init(_ rejection: Rejection, at token: LogPosition) {
        self.init(Code(rejection.code), outcome: .rejected, sequence: token)
        guard let explanation = Self.explanations[rejection.code]?(rejection) else { return }
        detail = explanation.detail ?? detail
        members = explanation.members
    }

    /// A refusal that is not on record, told.
    init(unrecorded rejection: Rejection) {
        self.init(rejection, at: LogPosition(epoch: 0, position: 0))
        outcome = Problem.Outcome.none
        sequence = nil
    }

    private struct Explanation {
        /// Nil: the code says it all.
        var detail: String?
        var members: [Member] = []
    }

    /// What a rejection says beyond its code, by the code. A code without an entry says it all by itself.
    private static let explanations: [Rejection.Code: @Sendable (Rejection) -> Explanation] = [
        .notOnSale: {
            Explanation(
                detail: "Sale starts at \($0.time.rfc3339).", members: [Member("onSaleAt", .string($0.time.rfc3339))])
        },
        .saleEnded: {
            Explanation(
                detail: "Sale ended at \($0.time.rfc3339).", members: [Member("offSaleAt", .string($0.time.rfc3339))])
        },
        .showPostponed: { _ in Explanation(detail: "Its new time is not known yet. Tickets stay good.") },
        .invalidChange: { Explanation(detail: $0.subject) },
        .placesInUse: {
            Explanation(
                detail: "Nothing was changed: all of it or nothing.",
                members: [Member("conflicts", .array($0.conflicts.map(Value.init)))])
        },
        .unchargeable: {
            Explanation(detail: "The payment provider can't charge one of the prices in \($0.subject).")
        },
        .queueNotOpen: {
            Explanation(
                detail: "It opens at \($0.time.rfc3339).", members: [Member("opensAt", .string($0.time.rfc3339))])
        },
        .queueUnderWay: {
            Explanation(
                detail: "\($0.subject) can't be changed any more.", members: [Member("setting", .string($0.subject))])
        },
        .alreadyInQueue: {
            Explanation(
                detail: "The caller's entry is \($0.subject).", members: [Member("entryId", .string($0.subject))])
        },
        .challengeUnmet: {
            Explanation(
                detail: "Joining needs a nonce that meets the room's challenge.",
                members: [
                    Member("challengeBits", .integer($0.limit)), Member("challengeSalt", .string($0.subject)),
                ])
        },
        .drawNotSealed: { _ in
            Explanation(detail: "The log's hash at the end of the prequeue has to be on record first.")
        },
        .unknownParty: { Explanation(detail: "The draw has no party \($0.subject).") },
        .admissionRequired: { _ in
            Explanation(detail: "Join the show's queue, and send the admission that it gives as the header Admission.")
        },
        .admissionExpired: { _ in Explanation(detail: "Its time is over, or it was used up. Join the queue again.") },
        .userLimit: {
            Explanation(
                detail: "One person may hold and own at most \($0.limit) places of this show.",
                members: [Member("limit", .integer($0.limit))])
        },
        .holdAtLimit: {
            Explanation(
                detail: "It lasts until \($0.time.rfc3339).", members: [Member("expiresAt", .string($0.time.rfc3339))])
        },
        .alreadyOnWaitlist: {
            Explanation(
                detail: "One person may have so many entries of this show and no more.",
                members: [Member("entryId", .string($0.subject))])
        },
        .waitlistUnfillable: { _ in
            Explanation(detail: "If all of the show were free, it would not have such places, or not so many together.")
        },
        .offeredToWaitlist: { _ in Explanation(detail: "What nobody who waits can use is free in a moment.") },
        .notInHold: { Explanation(detail: "The hold does not have \($0.subject).") },
        .unknownTicketType: { Explanation(detail: "The place's category has no ticket type \($0.subject).") },
        .tooFewOfType: {
            Explanation(
                detail: "An order has at least \($0.limit) of \($0.subject), or none.",
                members: [Member("ticketType", .string($0.subject)), Member("limit", .integer($0.limit))])
        },
        .tooManyOfType: {
            Explanation(
                detail: "An order may have at most \($0.limit) of \($0.subject).",
                members: [Member("ticketType", .string($0.subject)), Member("limit", .integer($0.limit))])
        },
        .tooManySeats: {
            Explanation(
                detail: "One hold may have at most \($0.limit).", members: [Member("limit", .integer($0.limit))])
        },
        .duplicateSeat: { Explanation(detail: "\($0.subject) is named twice.") },
        .unknownSeat: { Explanation(detail: "This show has no seat \($0.subject).") },
        .unknownArea: { Explanation(detail: "This show has no area \($0.subject).") },
        .unknownCategory: { Explanation(detail: "This show has no category \($0.subject).") },
        .unknownZone: { Explanation(detail: "This show has no zone \($0.subject).") },
        .unknownRow: { Explanation(detail: "There is no row \($0.subject).") },
        .leavesSingleSeat: { rejection in
            let (singles, instead) = (rejection.singles, rejection.instead)
            return Explanation(
                detail:
                    "\(singles.joined(separator: ", ")) would be left over alone. Take \(instead.joined(separator: ", ")) "
                    + "instead.",
                members: [
                    Member("singles", .array(singles.map(Value.string))),
                    Member("instead", .array(instead.map(Value.string))),
                ])
        },
        .seatsUnavailable: {
            Explanation(
                detail: "Nothing was held: all of it or nothing.",
                members: [Member("conflicts", .array($0.conflicts.map(Value.init)))])
        },
        .holdNotFound: {
            Explanation(
                detail: $0.subject.isEmpty
                    ? nil
                    : "Nothing was ordered: \($0.subject) is over, or went into another hold, or is none of yours.",
                members: $0.hold)
        },
        .staleFencingToken: {
            Explanation(detail: "Read the hold again: its time may have changed.", members: $0.hold)
        },
        .purchaseInProgress: {
            Explanation(
                detail: "An order is paying for it. Should that fail, the hold can be paid for again.",
                members: $0.hold)
        },
        .mixedChannels: {
            Explanation(
                detail: "Units of \($0.subject) are held through different channels: order those holds one by one.",
                members: [Member("area", .string($0.subject))])
        },
        .alreadyOrdered: {
            Explanation(
                detail: "The hold was paid for by order \($0.subject).",
                members: [Member("orderId", .string($0.subject))])
        },
        .paymentNotAcceptable: { _ in
            Explanation(detail: "A ticket would be left without a charge. Have it tried again, or give it up.")
        },
        .ticketUnusable: {
            Explanation(
                detail: $0.ticketUse?.detail ?? "Its state does not allow it.",
                members: [Member("reason", .string($0.subject))])
        },
        .swapCostsMore: {
            Explanation(
                detail: "The difference can't be charged to the order's payment. Waive it, or sell the seats anew.",
                members: [Member("difference", .integer($0.limit))])
        },
        .ticketAlreadyScanned: {
            Explanation(
                detail: "It was scanned at \($0.time.rfc3339).",
                members: [Member("scannedAt", .string($0.time.rfc3339))]
                    + ($0.subject.isEmpty ? [] : [Member("gate", .string($0.subject))]))
        },
        .ticketWrongArea: {
            Explanation(detail: "It is for \($0.subject).", members: [Member("area", .string($0.subject))])
        },
    ]
}

extension Rejection.TicketUse {
    fileprivate var detail: String {
        switch self {
        case .listed: "It is offered for resale."
        case .scanned: "It was scanned."
        case .outside: "Its holder was in, and left."
        case .notScanned: "Nobody is in with it."
        case .tooManyScans: "Its holder went in and out too often."
        case .returned: "It was given back."
        case .resold: "Its seat was resold."
        case .transferred:
            "It went to somebody else. An old code lets nobody in, and the price can only go back to the card that paid: "
                + "passed back to whoever bought it, the ticket can be refunded or resold."
        case .notOffered: "It is not on offer to anybody."
        case .offered: "It is on offer to somebody."
        case .notListed: "It is not offered for resale."
        case .beingBought: "Somebody holds its seat, to buy it."
        case .suspended: "It is suspended: ask the box office."
        case .notSuspended: "It is not suspended."
        }
    }
}

extension Problem.Value {
    fileprivate init(_ conflict: Rejection.Conflict) {
        switch conflict {
        case .seat(let guid, let status):
            self = .object([.init("seat", .string(guid)), .init("reason", .string("\(status)"))])
        case .area(let id, let available):
            self = .object([
                .init("area", .string(id.rawValue)), .init("reason", .string("too-few-left")),
                .init("available", .integer(Int64(available))),
            ])
        case .quantity(let available):
            self = .object([.init("reason", .string("too-few-left")), .init("available", .integer(Int64(available)))])
        case .leftSingle(let guid):
            self = .object([.init("seat", .string(guid)), .init("reason", .string("left-single"))])
        case .instead(let guid): self = .object([.init("seat", .string(guid)), .init("reason", .string("instead"))])
        }
    }
}

extension Rejection {
    /// Of an order of several holds: the one that it fails on.
    fileprivate var hold: [Problem.Member] { subject.isEmpty ? [] : [Problem.Member("holdId", .string(subject))] }

    /// The seats that would be left over alone.
    fileprivate var singles: [String] {
        conflicts.compactMap { if case .leftSingle(let guid) = $0 { guid } else { nil } }
    }

    /// Seats that leave none.
    fileprivate var instead: [String] {
        conflicts.compactMap { if case .instead(let guid) = $0 { guid } else { nil } }
    }
}

extension Problem.Code {
    private static let byName = Dictionary(catalogue.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// The problem that a rejection is told as: the one of the same name. A code that a newer version recorded, or that
    /// an aggregate of the caller's own has, is told by its name.
    fileprivate init(_ code: Rejection.Code) {
        self = Self.byName[code.name] ?? Self(code.name, 409, "The command was rejected")
    }
}
