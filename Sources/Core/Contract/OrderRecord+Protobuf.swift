public import Domain
import Foundation
import SwiftProtobuf

/// A stored order that this version of the program can't read.
public struct UnreadableOrder: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
}

extension OrderRecord {
    /// Of the stored form. Raised with every change of it, or of what ``OrderRecord/apply(_:at:)`` makes of an event:
    /// views of another format are built anew from the log.
    public static let formatVersion = 3

    /// The stored form: the same record is the same bytes.
    public var encoded: [UInt8] {
        do {
            return try Holdfast_V1_OrderRecord(self).serializedBytes()
        } catch {
            // Serialising fails only for missing proto2 fields, malformed `Any`s and messages over 2 GiB.
            preconditionFailure("an order that protobuf can't carry: \(error)")
        }
    }

    public init(encoded bytes: [UInt8]) throws(UnreadableOrder) {
        let message: Holdfast_V1_OrderRecord
        do {
            message = try Holdfast_V1_OrderRecord(serializedBytes: bytes)
        } catch {
            throw UnreadableOrder(description: "undecodable order: \(error)")
        }
        self = try OrderRecord(message)
    }
}

extension Holdfast_V1_OrderRecord {
    public init(_ record: OrderRecord) {
        self.init()
        orderID = record.orderID.rawValue
        showID = record.showID.rawValue
        holdID = record.holdID.rawValue
        userID = record.userID.rawValue
        paymentMethod = record.paymentMethod
        total = record.total
        currency = record.currency
        startedAt = record.startedAt.microseconds
        expiresAt = record.expiresAt.microseconds
        switch record.status {
        case .pending: status = .pending
        case .requiresAction: status = .requiresAction
        case .confirmed: status = .confirmed
        case .completed: status = .completed
        case .failed: status = .failed
        }
        switch record.failure {
        case .declined(let code):
            failure = .declined
            declineCode = code
        case .expired: failure = .expired
        case .showCancelled: failure = .showCancelled
        case .abandoned: failure = .abandoned
        case nil: break
        }
        switch record.payment {
        case .none: payment = .none
        case .unknown: payment = .unknown
        case .authorized: payment = .authorized
        case .captured: payment = .captured
        }
        paymentID = record.paymentID
        if let reason = record.parkedBecause { parkedBecause = reason }
        tickets = record.tickets.map(Ticket.init)
        refunds = record.refunds.map { refund in
            .with {
                $0.refundID = refund.refundID.rawValue
                $0.amount = refund.amount
                $0.isDone = refund.isDone
                $0.isProviders = refund.isProviders
            }
        }
        position = record.position
        disputes = record.disputes.map { dispute in
            .with {
                $0.disputeID = dispute.disputeID
                $0.status = Holdfast_V1_DisputeChanged.Status(dispute.status)
                $0.amount = dispute.amount
                $0.reason = dispute.reason
            }
        }
        if let text = record.review { review = text }
        sealedSecret = Data(record.sealedSecret)
        returnURL = record.returnURL
    }
}

extension Holdfast_V1_OrderRecord.Ticket {
    fileprivate init(_ ticket: OrderRecord.Ticket) {
        self.init()
        ticketID = ticket.ticketID.rawValue
        if let seat = ticket.seat { seatGuid = seat }
        if let area = ticket.area { areaID = area.rawValue }
        ownerID = ticket.owner.rawValue
        generation = UInt32(ticket.generation)
        switch ticket.status {
        case .valid: status = .valid
        case .listed: status = .listed
        case .scanned: status = .scanned
        case .outside: status = .outside
        case .returned: status = .returned
        case .resold: status = .resold
        case .suspended: status = .suspended
        }
        passes = ticket.passes.map(Holdfast_V1_DoorPass.init)
        if let user = ticket.offeredTo { offeredTo = user.rawValue }
        if let fare = ticket.fare { self.fare = Holdfast_V1_FareRun(FareList.Run(fare, count: 1)) }
    }
}

extension OrderRecord {
    public init(_ message: Holdfast_V1_OrderRecord) throws(UnreadableOrder) {
        self.init(
            PurchaseStarted(
                orderID: OrderID(message.orderID), holdID: HoldID(message.holdID), userID: UserID(message.userID),
                paymentMethod: message.paymentMethod, total: message.total, currency: message.currency,
                startedAt: Timestamp(microseconds: message.startedAt),
                expiresAt: Timestamp(microseconds: message.expiresAt), extendsHold: false, returnURL: message.returnURL),
            show: ShowID(message.showID), at: message.position)
        switch message.status {
        case .pending: status = .pending
        case .requiresAction: status = .requiresAction
        case .confirmed: status = .confirmed
        case .completed: status = .completed
        case .failed: status = .failed
        case .unspecified, .UNRECOGNIZED: throw UnreadableOrder(description: "order \(orderID) of no known status")
        }
        switch message.failure {
        case .declined: failure = .declined(message.declineCode)
        case .expired: failure = .expired
        case .showCancelled: failure = .showCancelled
        case .abandoned: failure = .abandoned
        case .unspecified: failure = nil
        case .UNRECOGNIZED: throw UnreadableOrder(description: "order \(orderID) failed for no known reason")
        }
        switch message.payment {
        case .none: payment = .none
        case .unknown: payment = .unknown
        case .authorized: payment = .authorized
        case .captured: payment = .captured
        case .unspecified, .UNRECOGNIZED: throw UnreadableOrder(description: "order \(orderID) with no known payment")
        }
        paymentID = message.paymentID
        parkedBecause = message.hasParkedBecause ? message.parkedBecause : nil
        for ticket in message.tickets { tickets.append(try Ticket(ticket)) }
        refunds = message.refunds.map {
            Refund(
                refundID: RefundID($0.refundID), amount: $0.amount, isDone: $0.isDone, isProviders: $0.isProviders)
        }
        for dispute in message.disputes {
            guard let status = DisputeChanged.Status(dispute.status) else {
                throw UnreadableOrder(description: "order \(orderID) with a dispute of no known status")
            }
            disputes.append(
                Dispute(
                    disputeID: dispute.disputeID, status: status, amount: dispute.amount, reason: dispute.reason))
        }
        review = message.hasReview ? message.review : nil
        sealedSecret = Array(message.sealedSecret)
    }
}

extension OrderRecord.Ticket {
    fileprivate init(_ message: Holdfast_V1_OrderRecord.Ticket) throws(UnreadableOrder) {
        let status: TicketStatus
        switch message.status {
        case .valid: status = .valid
        case .listed: status = .listed
        case .scanned: status = .scanned
        case .outside: status = .outside
        case .returned: status = .returned
        case .resold: status = .resold
        case .suspended: status = .suspended
        case .unspecified, .UNRECOGNIZED:
            throw UnreadableOrder(description: "ticket \(message.ticketID) of no known status")
        }
        var passes: [DoorPass] = []
        for pass in message.passes {
            do throws(UnreadableEvent) {
                passes.append(try DoorPass(pass))
            } catch {
                throw UnreadableOrder(description: "ticket \(message.ticketID): \(error)")
            }
        }
        self.init(
            ticketID: TicketID(message.ticketID), seat: message.hasSeatGuid ? message.seatGuid : nil,
            area: message.hasAreaID ? AreaID(message.areaID) : nil,
            fare: message.hasFare ? Fare(message.fare) : nil, owner: UserID(message.ownerID),
            generation: Int(message.generation), status: status,
            passes: passes, offeredTo: message.hasOfferedTo ? UserID(message.offeredTo) : nil)
    }
}
