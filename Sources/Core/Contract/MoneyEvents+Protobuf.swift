import Domain
import Foundation
import SwiftProtobuf

extension Holdfast_V1_PaymentActionRequired {
    init(_ event: PaymentActionRequired) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        paymentID = event.paymentID
        sealedSecret = Data(event.sealedSecret)
        requiredAt = event.requiredAt.microseconds
    }
}

extension PaymentActionRequired {
    init(_ message: Holdfast_V1_PaymentActionRequired) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), paymentID: message.paymentID,
            sealedSecret: Array(message.sealedSecret), requiredAt: Timestamp(microseconds: message.requiredAt))
    }
}

extension Holdfast_V1_SettledRefund {
    init(_ settled: SettledRefund) {
        self.init()
        refundID = settled.refundID.rawValue
        amount = settled.amount
        isWhole = settled.isWhole
    }
}

extension SettledRefund {
    init(_ message: Holdfast_V1_SettledRefund) {
        self.init(refundID: RefundID(message.refundID), amount: message.amount, isWhole: message.isWhole)
    }
}

extension Holdfast_V1_ProviderRefunded {
    init(_ event: ProviderRefunded) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        paymentID = event.paymentID
        refundID = event.refundID
        amount = event.amount
        settled = event.settled.map(Holdfast_V1_SettledRefund.init)
        needsDecision = event.needsDecision
        recordedAt = event.recordedAt.microseconds
    }
}

extension ProviderRefunded {
    init(_ message: Holdfast_V1_ProviderRefunded) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), paymentID: message.paymentID,
            refundID: message.refundID, amount: message.amount, settled: message.settled.map(SettledRefund.init),
            needsDecision: message.needsDecision, recordedAt: Timestamp(microseconds: message.recordedAt))
    }
}

extension Holdfast_V1_DisputeChanged.Status {
    init(_ status: DisputeChanged.Status) {
        self =
            switch status {
            case .inquiry: .inquiry
            case .open: .open
            case .fundsWithdrawn: .fundsWithdrawn
            case .won: .won
            case .lost: .lost
            }
    }
}

extension DisputeChanged.Status {
    /// Nil: a status that this version does not know.
    init?(_ message: Holdfast_V1_DisputeChanged.Status) {
        switch message {
        case .inquiry: self = .inquiry
        case .open: self = .open
        case .fundsWithdrawn: self = .fundsWithdrawn
        case .won: self = .won
        case .lost: self = .lost
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

extension Holdfast_V1_DisputeChanged {
    init(_ event: DisputeChanged) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        paymentID = event.paymentID
        disputeID = event.disputeID
        status = Status(event.status)
        amount = event.amount
        reason = event.reason
        settled = event.settled.map(Holdfast_V1_SettledRefund.init)
        needsDecision = event.needsDecision
        recordedAt = event.recordedAt.microseconds
    }
}

extension DisputeChanged {
    init(_ message: Holdfast_V1_DisputeChanged) throws(UnreadableEvent) {
        guard let status = Status(message.status) else { throw UnreadableEvent("DisputeChanged of no known status") }
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), paymentID: message.paymentID,
            disputeID: message.disputeID, status: status, amount: message.amount, reason: message.reason,
            settled: message.settled.map(SettledRefund.init), needsDecision: message.needsDecision,
            recordedAt: Timestamp(microseconds: message.recordedAt))
    }
}

extension Holdfast_V1_PaymentAccepted {
    init(_ event: PaymentAccepted) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        settled = event.settled.map(Holdfast_V1_SettledRefund.init)
        acceptedAt = event.acceptedAt.microseconds
    }
}

extension PaymentAccepted {
    init(_ message: Holdfast_V1_PaymentAccepted) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID),
            settled: message.settled.map(SettledRefund.init), acceptedAt: Timestamp(microseconds: message.acceptedAt))
    }
}

extension Holdfast_V1_TicketsSuspended {
    init(_ event: TicketsSuspended) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        tickets = event.tickets.map(UInt32.init)
        suspendedAt = event.suspendedAt.microseconds
    }
}

extension TicketsSuspended {
    init(_ message: Holdfast_V1_TicketsSuspended) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), tickets: message.tickets.map { Int($0) },
            suspendedAt: Timestamp(microseconds: message.suspendedAt))
    }
}

extension Holdfast_V1_TicketsRestored {
    init(_ event: TicketsRestored) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        tickets = event.tickets.map(UInt32.init)
        restoredAt = event.restoredAt.microseconds
    }
}

extension TicketsRestored {
    init(_ message: Holdfast_V1_TicketsRestored) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), tickets: message.tickets.map { Int($0) },
            restoredAt: Timestamp(microseconds: message.restoredAt))
    }
}
