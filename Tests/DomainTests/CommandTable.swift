import Contract
import Domain

/// The results of each command on a show. ``CommandTableTests`` checks it: random runs produce all of these results
/// and no others, and `docs/commands.md` is written from it.
struct CommandTable {
    struct Row {
        var command: String
        /// The call of the API, or who proposes the command.
        var askedBy: String
        /// Names of events, as the log has them.
        var events: Set<String>
        var rejections: Set<Rejection.Code> = []
    }

    private static let paymentProcess = "the payment process"
    private static let operators = "an operator"
    private static let admission = "the admission process"
    private static let ticketRejections: Set<Rejection.Code> = [.ticketNotFound, .showCancelled, .ticketUnusable]

    static let rows: [Row] = [
        Row(
            command: "create", askedBy: "`POST /shows`", events: ["ShowCreated"],
            rejections: [.showExists]),
        Row(
            command: "change", askedBy: "`PATCH /shows/{id}`",
            events: ["ShowChanged", "PlacesChanged", "HoldExpired", "PurchaseFailed"],
            rejections: [.showNotFound, .showCancelled, .unchargeable, .invalidChange, .placesInUse]),
        Row(
            command: "allocate", askedBy: "`PUT /shows/{id}/allocations`",
            events: ["AllocationsChanged", "HoldExpired", "PurchaseFailed"],
            rejections: [
                .showNotFound, .showCancelled, .invalidChange, .unknownSeat, .unknownArea, .duplicateSeat,
                .seatsUnavailable,
            ]),
        Row(
            command: "waitlist: join", askedBy: "`POST /shows/{id}/waitlist`",
            events: ["WaitlistJoined", "WaitlistScheduled", "WaitlistOffered", "HoldPlaced"],
            rejections: [
                .showNotFound, .showCancelled, .notOnSale, .saleEnded, .showPostponed, .emptyHold, .tooManySeats,
                .unknownArea, .unknownCategory, .unknownZone, .unknownRow, .userLimit, .unknownTicketType,
                .tooFewOfType, .tooManyOfType, .alreadyOnWaitlist, .waitlistUnfillable, .admissionRequired,
                .admissionExpired,
            ]),
        Row(
            command: "waitlist: leave", askedBy: "`DELETE /waitlist/{entryId}`",
            events: ["WaitlistLeft", "HoldReleased", "WaitlistScheduled", "WaitlistOffered", "HoldPlaced"],
            rejections: [.waitlistEntryNotFound, .purchaseInProgress]),
        Row(
            command: "cancelShow", askedBy: "`POST /shows/{id}/cancel`", events: ["ShowCancelled"],
            rejections: [.showNotFound, .showCancelled]),
        Row(
            command: "requireAdmission", askedBy: "`PUT /shows/{id}/queue`, `POST /shows/{id}/queue/end`, \(admission)",
            events: ["AdmissionRuleChanged"], rejections: [.showNotFound, .showCancelled]),
        Row(
            command: "endAdmission", askedBy: "`DELETE /shows/{id}/queue/entries/{entryId}`, \(admission)",
            events: ["AdmissionEnded"], rejections: [.showNotFound]),
        Row(
            command: "refundCancelled", askedBy: paymentProcess, events: ["TicketsReturned"]),
        Row(
            command: "placeHold", askedBy: "`POST /shows/{id}/holds`",
            events: ["HoldPlaced", "HoldExpired", "PurchaseFailed"],
            rejections: [
                .showNotFound, .showCancelled, .notOnSale, .saleEnded, .showPostponed, .emptyHold, .tooManySeats,
                .duplicateSeat, .unknownSeat, .unknownArea, .unknownCategory, .unknownZone, .unknownRow,
                .seatsUnavailable, .leavesSingleSeat, .userLimit, .unknownTicketType, .tooFewOfType, .tooManyOfType,
                .notInHold, .admissionRequired, .admissionExpired,
            ]),
        Row(
            command: "changeHold", askedBy: "`PATCH /holds/{id}`",
            events: ["HoldChanged", "HoldExpired", "PurchaseFailed"],
            rejections: [
                .showNotFound, .notOnSale, .saleEnded, .showPostponed, .holdNotFound,
                .purchaseInProgress, .notInHold, .emptyHold, .tooManySeats, .duplicateSeat, .unknownSeat, .unknownArea,
                .seatsUnavailable, .leavesSingleSeat, .userLimit, .unknownTicketType, .tooFewOfType, .tooManyOfType,
                .admissionRequired, .admissionExpired,
            ]),
        Row(
            command: "extendHold", askedBy: "`POST /holds/{id}/extend`", events: ["HoldChanged"],
            rejections: [.showNotFound, .holdNotFound, .purchaseInProgress, .holdAtLimit]),
        Row(
            command: "releaseHold", askedBy: "`DELETE /holds/{id}`", events: ["HoldReleased"],
            rejections: [.holdNotFound, .purchaseInProgress]),
        Row(
            command: "expireHolds", askedBy: "the deadline timer",
            events: ["HoldExpired", "PurchaseFailed", "AllocationsChanged"]),
        Row(
            command: "startPurchase", askedBy: "`POST /orders`",
            events: ["HoldChanged", "PurchaseStarted", "SeatsSold", "PaymentCaptured"],
            rejections: [
                .showNotFound, .showCancelled, .holdNotFound, .purchaseInProgress, .alreadyOrdered, .staleFencingToken,
                .tooManySeats, .tooManyOfType, .mixedChannels,
            ]),
        Row(
            command: "payment: authorized", askedBy: paymentProcess,
            events: ["SeatsSold", "PurchaseFailed", "HoldExpired"], rejections: [.orderNotFound]),
        Row(
            command: "payment: declined", askedBy: paymentProcess, events: ["PurchaseFailed"],
            rejections: [.orderNotFound]),
        Row(
            command: "payment: refused", askedBy: paymentProcess, events: ["PurchaseFailed"],
            rejections: [.orderNotFound]),
        Row(
            command: "payment: captured", askedBy: paymentProcess, events: ["PaymentCaptured"],
            rejections: [.orderNotFound]),
        Row(
            command: "payment: voided", askedBy: paymentProcess, events: ["PaymentVoided"], rejections: [.orderNotFound]
        ),
        Row(
            command: "payment: refunded", askedBy: paymentProcess, events: ["PaymentRefunded"],
            rejections: [.orderNotFound]),
        Row(
            command: "payment: parked", askedBy: paymentProcess, events: ["PaymentParked", "PurchaseFailed"],
            rejections: [.orderNotFound]),
        Row(
            command: "payment: unanswered", askedBy: paymentProcess, events: ["PurchaseFailed"],
            rejections: [.orderNotFound]),
        Row(
            command: "payment: resumed", askedBy: "`POST /payments/{id}/retry`", events: ["PaymentResumed"],
            rejections: [.orderNotFound, .paymentNotParked]),
        Row(
            command: "payment: abandoned", askedBy: "`POST /payments/{id}/void`",
            events: ["PurchaseFailed", "TicketsReturned"], rejections: [.orderNotFound, .orderNotVoidable]),
        Row(
            command: "payment: actionRequired", askedBy: paymentProcess,
            events: ["PaymentActionRequired", "PurchaseFailed"], rejections: [.orderNotFound]),
        Row(
            command: "payment: observed", askedBy: "\(paymentProcess), `POST /payments/{id}/observe`",
            events: ["PaymentCaptured", "PaymentRefunded", "TicketsReturned", "ProviderRefunded", "DisputeChanged"],
            rejections: [.orderNotFound]),
        Row(
            command: "payment: accepted", askedBy: "`POST /payments/{id}/accept`",
            events: ["PaymentAccepted", "PaymentVoided"],
            rejections: [.orderNotFound, .paymentNotParked, .paymentNotAcceptable]),
        Row(
            command: "payment: suspended", askedBy: "`POST /payments/{id}/suspend`",
            events: ["TicketsSuspended", "TicketChanged"],
            rejections: [.orderNotFound, .showCancelled, .ticketNotFound, .ticketUnusable]),
        Row(
            command: "payment: restored", askedBy: "`POST /payments/{id}/restore`", events: ["TicketsRestored"],
            rejections: [.orderNotFound, .showCancelled, .ticketNotFound, .ticketUnusable]),
        Row(
            command: "payment: ended", askedBy: "`POST /payments/{id}/end`", events: ["TicketsReturned"],
            rejections: [.orderNotFound, .showCancelled, .orderNotCompleted, .ticketNotFound, .ticketUnusable]),
        Row(
            command: "refund", askedBy: "`POST /orders/{id}/refund`", events: ["TicketsReturned"],
            rejections: [.orderNotFound, .showCancelled, .orderNotCompleted, .ticketNotFound, .ticketUnusable]),
        Row(
            command: "swap", askedBy: "`POST /orders/{id}/swap`",
            events: ["TicketsSwapped", "HoldExpired", "PurchaseFailed"],
            rejections: [
                .orderNotFound, .showCancelled, .orderNotCompleted, .ticketNotFound, .ticketUnusable, .notSwappable,
                .unknownSeat, .duplicateSeat, .seatsUnavailable, .unknownTicketType, .tooManyOfType, .swapCostsMore,
            ]),
        Row(
            command: "ticket: scan", askedBy: "`POST /tickets/{id}/scan`", events: ["TicketScanned", "TicketLeft"],
            rejections: ticketRejections.union([.ticketAlreadyScanned, .ticketWrongArea])),
        Row(
            command: "ticket: undoScan", askedBy: "`DELETE /tickets/{id}/scan`", events: ["ScanUndone"],
            rejections: ticketRejections.union([.ticketWrongArea])),
        Row(
            command: "uploadScans", askedBy: "`POST /shows/{id}/scans/uploads`",
            events: ["TicketScanned", "TicketLeft", "ScansUploaded"], rejections: [.showNotFound]),
        Row(
            command: "ticket: offer", askedBy: "`POST /tickets/{id}/transfer`", events: ["TicketChanged"],
            rejections: ticketRejections),
        Row(
            command: "ticket: withdrawOffer", askedBy: "`DELETE /tickets/{id}/transfer`", events: ["TicketChanged"],
            rejections: ticketRejections),
        Row(
            command: "ticket: accept", askedBy: "`POST /tickets/{id}/transfer/accept`", events: ["TicketChanged"],
            rejections: ticketRejections),
        Row(
            command: "ticket: list", askedBy: "`POST /tickets/{id}/resale`", events: ["TicketChanged"],
            rejections: ticketRejections.union([.orderNotCompleted, .notResellable])),
        Row(
            command: "ticket: unlist", askedBy: "`DELETE /tickets/{id}/resale`",
            events: ["TicketChanged", "HoldExpired", "PurchaseFailed"], rejections: ticketRejections),
    ]

    /// As `docs/commands.md` has it.
    static var document: String {
        let rows = rows.map { row in
            let events = row.events.sorted().map { "`\($0)`" }.joined(separator: ", ")
            let rejections = row.rejections.map(\.name).sorted().map { "`\($0)`" }.joined(separator: ", ")
            return "| \(row.command) | \(row.askedBy) | \(events) | \(rejections.isEmpty ? "none" : rejections) |"
        }
        return """
            # Results of each command

            Every command on a show is decided by one pure function, `ShowState.decide`. An accepted command records some of
            the events in its row, or no event if nothing needs to change; a rejected one is recorded with one of the codes
            in its row, which is also the code of the problem document. Refusals that never reach the log (a missing token,
            a body that can't be read) are in `openapi.yaml`.

            A command that comes after the `releasesAt` of an allocation first records its release, `AllocationsChanged`.

            A command on a show with a waiting list first records what is overdue, and what follows from it: `HoldExpired`,
            `PurchaseFailed`, `WaitlistOffered` and its `HoldPlaced`, `WaitlistClosed`, `WaitlistScheduled`. The same may
            follow after the events in its row. While more offers are due than one append may have, a hold of free places
            is refused with `offered-to-waitlist`.

            `tools/generate-docs` writes this page, and a test compares it with what the decider does.

            | command | asked by | events | rejections |
            | --- | --- | --- | --- |
            \(rows.joined(separator: "\n"))

            """
    }
}

extension ShowCommand {
    /// The command's name in the table.
    var name: String {
        switch self {
        case .create: "create"
        case .change: "change"
        case .allocate: "allocate"
        case .placeHold: "placeHold"
        case .changeHold: "changeHold"
        case .extendHold: "extendHold"
        case .releaseHold: "releaseHold"
        case .expireHolds: "expireHolds"
        case .startPurchase: "startPurchase"
        case .payment(let step, _): "payment: \(Mirror(reflecting: step).children.first?.label ?? "\(step)")"
        case .refund: "refund"
        case .swap: "swap"
        case .ticket(let step, _, _): "ticket: \(Mirror(reflecting: step).children.first?.label ?? "\(step)")"
        case .uploadScans: "uploadScans"
        case .waitlist(.join): "waitlist: join"
        case .waitlist(.leave): "waitlist: leave"
        case .cancelShow: "cancelShow"
        case .refundCancelled: "refundCancelled"
        case .requireAdmission: "requireAdmission"
        case .endAdmission: "endAdmission"
        }
    }
}
