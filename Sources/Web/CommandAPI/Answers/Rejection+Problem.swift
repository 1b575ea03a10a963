import Contract
import Domain
import EventLog
import HTTPServer
import WebAPI

extension Problem {
    /// A recorded refusal, told.
    init(_ rejection: Rejection, at token: SequenceToken) {
        self.init(Code(rejection), outcome: .rejected, sequence: token)
        switch rejection {
        case .showNotFound, .showExists, .emptyHold, .holdNotFound, .showCancelled, .orderNotFound, .orderNotCompleted,
            .orderNotVoidable, .paymentNotParked, .ticketNotFound, .notResellable:
            break
        case .notOnSale(let until):
            detail = "Sale starts at \(until.rfc3339)."
            members = [Member("onSaleAt", .string(until.rfc3339))]
        case .tooManySeats(let limit):
            detail = "One hold may have at most \(limit)."
            members = [Member("limit", .integer(Int64(limit)))]
        case .duplicateSeat(let seat): detail = "\(seat) is named twice."
        case .unknownSeat(let seat): detail = "This show has no seat \(seat)."
        case .unknownArea(let area): detail = "This show has no area \(area)."
        case .unknownCategory(let category): detail = "This show has no category \(category)."
        case .seatsUnavailable(let conflicts):
            detail = "Nothing was held: all of it or nothing."
            members = [Member("conflicts", .array(conflicts.map(Value.init)))]
        case .staleFencingToken: detail = "Read the hold again: its time may have changed."
        case .purchaseInProgress:
            detail = "An order is paying for it. Should that fail, the hold can be paid for again."
        case .ticketUnusable(let use):
            detail = use.detail
            members = [Member("reason", .string(use.rawValue))]
        case .ticketAlreadyScanned(let at):
            detail = "It was scanned at \(at.rfc3339)."
            members = [Member("scannedAt", .string(at.rfc3339))]
        }
    }
}

extension Rejection.TicketUse {
    fileprivate var detail: String {
        switch self {
        case .listed: "It is offered for resale."
        case .scanned: "It was scanned."
        case .returned: "It was given back."
        case .resold: "Its seat was resold."
        case .transferred: "It went to somebody else."
        case .notOffered: "It is not on offer to anybody."
        case .offered: "It is on offer to somebody."
        case .notListed: "It is not offered for resale."
        case .beingBought: "Somebody holds its seat, to buy it."
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
        }
    }
}

extension Problem.Code {
    fileprivate init(_ rejection: Rejection) {
        switch rejection {
        case .showNotFound: self = .showNotFound
        case .showExists: self = .showExists
        case .notOnSale: self = .notOnSale
        case .emptyHold: self = .emptyHold
        case .tooManySeats: self = .tooManySeats
        case .duplicateSeat: self = .duplicateSeat
        case .unknownSeat: self = .unknownSeat
        case .unknownArea: self = .unknownArea
        case .unknownCategory: self = .unknownCategory
        case .seatsUnavailable: self = .seatsUnavailable
        case .holdNotFound: self = .holdNotFound
        case .staleFencingToken: self = .staleFencingToken
        case .purchaseInProgress: self = .purchaseInProgress
        case .showCancelled: self = .showCancelled
        case .orderNotFound: self = .orderNotFound
        case .orderNotCompleted: self = .orderNotCompleted
        case .orderNotVoidable: self = .orderNotVoidable
        case .paymentNotParked: self = .paymentNotParked
        case .ticketNotFound: self = .ticketNotFound
        case .ticketUnusable: self = .ticketUnusable
        case .ticketAlreadyScanned: self = .ticketAlreadyScanned
        case .notResellable: self = .notResellable
        }
    }
}
