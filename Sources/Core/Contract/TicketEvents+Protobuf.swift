import Domain
import SwiftProtobuf

extension Holdfast_V1_TicketsReturned {
    init(_ event: TicketsReturned) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        tickets = event.tickets.map(UInt32.init)
        seatIndexes = event.seatIndexes.map(UInt32.init)
        resaleSeatIndexes = event.resaleSeats.map(UInt32.init)
        blockedSeatIndexes = event.blockedSeats.map(UInt32.init)
        areas = event.areas.map(Holdfast_V1_AreaQuantity.init)
        switch event.reason {
        case .requested: reason = .requested
        case .showCancelled: reason = .showCancelled
        case .revoked: reason = .revoked
        case .ended: reason = .ended
        }
        refundID = event.refundID.rawValue
        amount = event.amount
        paymentID = event.paymentID
        needsDecision = event.needsDecision
        returnedAt = event.returnedAt.microseconds
    }
}

extension TicketsReturned {
    init(_ message: Holdfast_V1_TicketsReturned) throws(UnreadableEvent) {
        let reason: Reason
        switch message.reason {
        case .requested: reason = .requested
        case .showCancelled: reason = .showCancelled
        case .revoked: reason = .revoked
        case .ended: reason = .ended
        case .unspecified, .UNRECOGNIZED: throw UnreadableEvent("TicketsReturned for no known reason")
        }
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), tickets: message.tickets.map(Int.init),
            seatIndexes: message.seatIndexes.map(Int.init), resaleSeats: message.resaleSeatIndexes.map(Int.init),
            blockedSeats: message.blockedSeatIndexes.map(Int.init), areas: message.areas.map(AreaQuantity.init),
            reason: reason, refundID: RefundID(message.refundID),
            amount: message.amount, paymentID: message.paymentID, needsDecision: message.needsDecision,
            returnedAt: Timestamp(microseconds: message.returnedAt))
    }
}

extension Holdfast_V1_TicketsSwapped {
    init(_ event: TicketsSwapped) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        swaps = event.swaps.map { swap in
            .with {
                $0.ticket = UInt32(swap.ticket)
                $0.oldSeatIndex = UInt32(swap.oldSeat)
                $0.seatIndex = UInt32(swap.seat.index)
                $0.seatGuid = swap.seat.guid
                $0.fare = Holdfast_V1_FareRun(FareList.Run(swap.fare, count: 1))
                $0.generation = UInt32(swap.generation)
            }
        }
        blockedSeatIndexes = event.blockedSeats.map(UInt32.init)
        allocatedSeatIndexes = event.allocatedSeats.map(UInt32.init)
        refundID = event.refundID.rawValue
        amount = event.amount
        paymentID = event.paymentID
        swappedBy = event.swappedBy.rawValue
        swappedAt = event.swappedAt.microseconds
    }
}

extension TicketsSwapped {
    init(_ message: Holdfast_V1_TicketsSwapped) throws(UnreadableEvent) {
        // Checked as the fares of a sale are.
        let fares = try FareList(message.swaps.map(\.fare), seats: message.swaps.count, areas: [])
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID),
            swaps: zip(message.swaps, fares.all).map {
                Swap(
                    ticket: Int($0.ticket), oldSeat: Int($0.oldSeatIndex),
                    seat: HeldSeat(index: Int($0.seatIndex), guid: $0.seatGuid), fare: $1,
                    generation: Int($0.generation))
            },
            blockedSeats: message.blockedSeatIndexes.map(Int.init),
            allocatedSeats: message.allocatedSeatIndexes.map(Int.init), refundID: RefundID(message.refundID),
            amount: message.amount, paymentID: message.paymentID, swappedBy: UserID(message.swappedBy),
            swappedAt: Timestamp(microseconds: message.swappedAt))
    }
}

extension Holdfast_V1_TicketChanged {
    init(_ event: TicketChanged) {
        self.init()
        ticketID = event.ticketID.rawValue
        orderUserID = event.orderUserID.rawValue
        ownerID = event.ownerID.rawValue
        switch event.change {
        case .offered(let user): offeredTo = user.rawValue
        case .offerWithdrawn(let user): offerWithdrawnFrom = user.rawValue
        case .accepted(let user, let generation):
            accepted = .with {
                $0.userID = user.rawValue
                $0.generation = UInt32(generation)
            }
        case .listed(let seatIndex, let price):
            listed = .with {
                $0.seatIndex = UInt32(seatIndex)
                $0.price = price
            }
        case .unlisted(let seatIndex): unlistedSeatIndex = UInt32(seatIndex)
        }
        changedAt = event.changedAt.microseconds
    }
}

extension TicketChanged {
    init(_ message: Holdfast_V1_TicketChanged) throws(UnreadableEvent) {
        let change: Change
        switch message.change {
        case .offeredTo(let user): change = .offered(to: UserID(user))
        case .offerWithdrawnFrom(let user): change = .offerWithdrawn(to: UserID(user))
        case .accepted(let accepted):
            change = .accepted(by: UserID(accepted.userID), generation: Int(accepted.generation))
        case .listed(let listing): change = .listed(seatIndex: Int(listing.seatIndex), price: listing.price)
        case .unlistedSeatIndex(let index): change = .unlisted(seatIndex: Int(index))
        case nil: throw UnreadableEvent("TicketChanged that changes nothing")
        }
        self.init(
            ticketID: TicketID(message.ticketID), orderUserID: UserID(message.orderUserID),
            ownerID: UserID(message.ownerID), change: change, changedAt: Timestamp(microseconds: message.changedAt))
    }
}

extension Holdfast_V1_ShowCancelled {
    init(_ event: ShowCancelled) {
        self.init()
        orders = UInt32(event.orders)
        cancelledAt = event.cancelledAt.microseconds
    }
}

extension ShowCancelled {
    init(_ message: Holdfast_V1_ShowCancelled) {
        self.init(orders: Int(message.orders), cancelledAt: Timestamp(microseconds: message.cancelledAt))
    }
}
