public import Domain
public import EventLog
import SwiftProtobuf

/// An event of the log that this version of the program can't read.
public struct UnreadableEvent: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }
}

/// The names in `events.type`. A name is never reused for something else.
enum EventType: String {
    case showCreated = "ShowCreated"
    case holdPlaced = "HoldPlaced"
    case holdReleased = "HoldReleased"
    case holdExpired = "HoldExpired"
    case purchaseStarted = "PurchaseStarted"
    case seatsSold = "SeatsSold"
    case purchaseFailed = "PurchaseFailed"
    case paymentCaptured = "PaymentCaptured"
    case paymentVoided = "PaymentVoided"
    case paymentRefunded = "PaymentRefunded"
    case paymentParked = "PaymentParked"
    case paymentResumed = "PaymentResumed"
    case ticketsReturned = "TicketsReturned"
    case ticketScanned = "TicketScanned"
    case ticketChanged = "TicketChanged"
    case showCancelled = "ShowCancelled"
}

extension EncodedEvent {
    /// The newest schema version of every event. A shape that changes raises its number and leaves an upcaster in
    /// ``decoded()`` for the old one.
    private static let newestSchema = 1

    /// The event as it is written today.
    public init(_ event: ShowEvent) {
        switch event {
        case .created(let event): self.init(.showCreated, Holdfast_V1_ShowCreated(event))
        case .holdPlaced(let event): self.init(.holdPlaced, Holdfast_V1_HoldPlaced(event))
        case .holdReleased(let event): self.init(.holdReleased, Holdfast_V1_HoldEnded(event))
        case .holdExpired(let event): self.init(.holdExpired, Holdfast_V1_HoldEnded(event))
        case .purchaseStarted(let event): self.init(.purchaseStarted, Holdfast_V1_PurchaseStarted(event))
        case .seatsSold(let event): self.init(.seatsSold, Holdfast_V1_SeatsSold(event))
        case .purchaseFailed(let event): self.init(.purchaseFailed, Holdfast_V1_PurchaseFailed(event))
        case .paymentCaptured(let event): self.init(.paymentCaptured, Holdfast_V1_PaymentMoved(event))
        case .paymentVoided(let event): self.init(.paymentVoided, Holdfast_V1_PaymentMoved(event))
        case .paymentRefunded(let event): self.init(.paymentRefunded, Holdfast_V1_PaymentRefunded(event))
        case .paymentParked(let event): self.init(.paymentParked, Holdfast_V1_PaymentParked(event))
        case .paymentResumed(let event): self.init(.paymentResumed, Holdfast_V1_PaymentMoved(event))
        case .ticketsReturned(let event): self.init(.ticketsReturned, Holdfast_V1_TicketsReturned(event))
        case .ticketScanned(let event): self.init(.ticketScanned, Holdfast_V1_TicketScanned(event))
        case .ticketChanged(let event): self.init(.ticketChanged, Holdfast_V1_TicketChanged(event))
        case .showCancelled(let event): self.init(.showCancelled, Holdfast_V1_ShowCancelled(event))
        }
    }

    private init(_ type: EventType, _ message: some Message) {
        // The same event is the same bytes, whatever order a map is in.
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        do {
            self.init(
                type: type.rawValue, schemaVersion: Self.newestSchema,
                payload: try message.serializedBytes(options: options))
        } catch {
            // Serialising fails only for missing proto2 fields, malformed `Any`s and messages over 2 GiB.
            preconditionFailure("an event that protobuf can't carry: \(error)")
        }
    }

    /// The event, whatever version it was written in. Throws for an unknown type or version and for a payload that is
    /// not what its type says.
    public func decoded() throws(UnreadableEvent) -> ShowEvent {
        switch try known() {
        case .showCreated: return .created(try ShowCreated(message()))
        case .holdPlaced: return .holdPlaced(try HoldPlaced(message()))
        case .holdReleased: return .holdReleased(try HoldEnded(message()))
        case .holdExpired: return .holdExpired(try HoldEnded(message()))
        case .purchaseStarted: return .purchaseStarted(try PurchaseStarted(message()))
        case .seatsSold: return .seatsSold(try SeatsSold(message()))
        case .purchaseFailed: return .purchaseFailed(try PurchaseFailed(message()))
        case .paymentCaptured: return .paymentCaptured(try PaymentMoved(message()))
        case .paymentVoided: return .paymentVoided(try PaymentMoved(message()))
        case .paymentRefunded: return .paymentRefunded(try PaymentRefunded(message()))
        case .paymentParked: return .paymentParked(try PaymentParked(message()))
        case .paymentResumed: return .paymentResumed(try PaymentMoved(message()))
        case .ticketsReturned: return .ticketsReturned(try TicketsReturned(message()))
        case .ticketScanned: return .ticketScanned(try TicketScanned(message()))
        case .ticketChanged: return .ticketChanged(try TicketChanged(message()))
        case .showCancelled: return .showCancelled(try ShowCancelled(message()))
        }
    }

    func known() throws(UnreadableEvent) -> EventType {
        guard let known = EventType(rawValue: type) else { throw UnreadableEvent("unknown event type “\(type)”") }
        guard schemaVersion == Self.newestSchema else {
            throw UnreadableEvent("unknown schema version \(schemaVersion) of \(type)")
        }
        return known
    }

    private func message<M: Message>() throws(UnreadableEvent) -> M {
        do {
            return try M(serializedBytes: payload)
        } catch {
            throw UnreadableEvent("undecodable \(type) payload: \(error)")
        }
    }
}
