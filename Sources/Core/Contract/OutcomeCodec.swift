public import Domain
import SwiftProtobuf

/// A recorded outcome that this version of the program can't read.
public struct UnreadableOutcome: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
}

extension Outcome {
    /// As it stands in `commands.outcome`.
    public var encoded: [UInt8] {
        let message = Holdfast_V1_CommandOutcome.with {
            switch self {
            case .accepted: $0.accepted = Holdfast_V1_Accepted()
            case .rejected(let rejection): $0.rejected = Holdfast_V1_Rejected(rejection)
            }
        }
        do {
            return try message.serializedBytes()
        } catch {
            preconditionFailure("an outcome that protobuf can't carry: \(error)")
        }
    }

    public init(encoded bytes: [UInt8]) throws(UnreadableOutcome) {
        let message: Holdfast_V1_CommandOutcome
        do {
            message = try Holdfast_V1_CommandOutcome(serializedBytes: bytes)
        } catch {
            throw UnreadableOutcome(description: "undecodable outcome: \(error)")
        }
        switch message.result {
        case .accepted: self = .accepted
        case .rejected(let rejected): self = .rejected(try Rejection(rejected))
        case nil: throw UnreadableOutcome(description: "an outcome that is neither accepted nor rejected")
        }
    }
}

extension Rejection {
    /// The `code` of the problem document, and the name the rejection is recorded under.
    public var code: String {
        switch self {
        case .showNotFound: "show-not-found"
        case .showExists: "show-exists"
        case .notOnSale: "not-on-sale"
        case .emptyHold: "empty-hold"
        case .tooManySeats: "too-many-seats"
        case .duplicateSeat: "duplicate-seat"
        case .unknownSeat: "unknown-seat"
        case .unknownArea: "unknown-area"
        case .unknownCategory: "unknown-category"
        case .seatsUnavailable: "seats-unavailable"
        case .holdNotFound: "hold-not-found"
        case .staleFencingToken: "stale-fencing-token"
        case .purchaseInProgress: "purchase-in-progress"
        case .showCancelled: "show-cancelled"
        case .orderNotFound: "order-not-found"
        case .orderNotCompleted: "order-not-completed"
        case .orderNotVoidable: "order-not-voidable"
        case .paymentNotParked: "payment-not-parked"
        case .ticketNotFound: "ticket-not-found"
        case .ticketUnusable: "ticket-unusable"
        case .ticketAlreadyScanned: "ticket-already-scanned"
        case .notResellable: "not-resellable"
        }
    }

    fileprivate init(_ message: Holdfast_V1_Rejected) throws(UnreadableOutcome) {
        switch message.code {
        case "show-not-found": self = .showNotFound
        case "show-exists": self = .showExists
        case "not-on-sale": self = .notOnSale(until: Timestamp(microseconds: message.limit))
        case "empty-hold": self = .emptyHold
        case "too-many-seats": self = .tooManySeats(limit: Int(message.limit))
        case "duplicate-seat": self = .duplicateSeat(message.subject)
        case "unknown-seat": self = .unknownSeat(message.subject)
        case "unknown-area": self = .unknownArea(message.subject)
        case "unknown-category": self = .unknownCategory(message.subject)
        case "seats-unavailable":
            var conflicts: [Conflict] = []
            for conflict in message.conflicts { conflicts.append(try Conflict(conflict)) }
            self = .seatsUnavailable(conflicts)
        case "hold-not-found": self = .holdNotFound
        case "stale-fencing-token": self = .staleFencingToken
        case "purchase-in-progress": self = .purchaseInProgress
        case "show-cancelled": self = .showCancelled
        case "order-not-found": self = .orderNotFound
        case "order-not-completed": self = .orderNotCompleted
        case "order-not-voidable": self = .orderNotVoidable
        case "payment-not-parked": self = .paymentNotParked
        case "ticket-not-found": self = .ticketNotFound
        case "ticket-unusable":
            guard let use = TicketUse(rawValue: message.subject) else {
                throw UnreadableOutcome(description: "unknown use of a ticket “\(message.subject)”")
            }
            self = .ticketUnusable(use)
        case "ticket-already-scanned": self = .ticketAlreadyScanned(at: Timestamp(microseconds: message.limit))
        case "not-resellable": self = .notResellable
        default: throw UnreadableOutcome(description: "unknown rejection “\(message.code)”")
        }
    }
}

extension Holdfast_V1_Rejected {
    fileprivate init(_ rejection: Rejection) {
        self.init()
        code = rejection.code
        switch rejection {
        case .showNotFound, .showExists, .emptyHold, .holdNotFound, .staleFencingToken, .purchaseInProgress,
            .showCancelled,
            .orderNotFound, .orderNotCompleted, .orderNotVoidable, .paymentNotParked, .ticketNotFound, .notResellable:
            break
        case .ticketUnusable(let use): subject = use.rawValue
        case .ticketAlreadyScanned(let time): limit = time.microseconds
        case .notOnSale(let until): limit = until.microseconds
        case .tooManySeats(let most): limit = Int64(most)
        case .duplicateSeat(let name), .unknownSeat(let name), .unknownArea(let name), .unknownCategory(let name):
            subject = name
        case .seatsUnavailable(let conflicts): self.conflicts = conflicts.map(Conflict.init)
        }
    }
}

extension Holdfast_V1_Rejected.Conflict {
    fileprivate init(_ conflict: Rejection.Conflict) {
        self.init()
        // Clamped: a log with more holds in an area than it has units would count below zero.
        switch conflict {
        case .seat(let guid, let status):
            seat = .with {
                $0.guid = guid
                $0.status = UInt32(status.rawValue)
            }
        case .area(let id, let available):
            area = .with {
                $0.areaID = id.rawValue
                $0.available = UInt32(clamping: available)
            }
        case .quantity(let available): self.available = UInt32(clamping: available)
        }
    }
}

extension Rejection.Conflict {
    fileprivate init(_ message: Holdfast_V1_Rejected.Conflict) throws(UnreadableOutcome) {
        switch message.conflict {
        case .seat(let seat):
            guard let status = UInt8(exactly: seat.status).flatMap(SeatStatus.init) else {
                throw UnreadableOutcome(description: "unknown seat status \(seat.status)")
            }
            self = .seat(seat.guid, status)
        case .area(let area): self = .area(AreaID(area.areaID), available: Int(area.available))
        case .available(let available): self = .quantity(available: Int(available))
        case nil: throw UnreadableOutcome(description: "a conflict about nothing")
        }
    }
}
