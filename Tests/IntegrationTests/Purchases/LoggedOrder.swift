import Contract
import Domain
import EventLog
import PostgresEventLog

/// The money of one order as the log has it: read by a fold of the tests' own, not by the product's.
struct LoggedOrder: Equatable, Sendable {
    /// Minor units that the places cost.
    var total: Int64
    var isSold = false
    var hasFailed = false
    /// The provider's id of the authorization, where the log has one.
    var paymentID: String?
    /// Minor units, once the log says that they were taken.
    var captured: Int64?
    /// The provider said that nothing is authorized, or never was.
    var isVoid = false
    /// The sale was taken back before the money was taken.
    var isRevoked = false
    var isParked = false
    /// Tickets that are still somebody's.
    var ticketsLeft = 0
    /// Minor units that are to go back, by refund.
    var owed: [RefundID: Int64] = [:]
    /// Minor units that went back, by refund.
    var refunded: [RefundID: Int64] = [:]

    /// Nothing is left to be done with the provider.
    var isSettled: Bool {
        if captured != nil { return owed.allSatisfy { refunded[$0.key] != nil } }
        return isVoid
    }
}

/// The orders of the log, up to a place in it.
struct LoggedOrders: Sendable {
    private(set) var orders: [OrderID: LoggedOrder] = [:]
    /// Of the last event that was read.
    private(set) var position: Int64 = 0
    /// Cancelled shows, and their orders that still have tickets.
    private var cancelled: Set<ShowID> = []
    private var shows: [OrderID: ShowID] = [:]

    private static let pageLength = 5000

    /// Goes on to the log's end.
    mutating func catchUp(with log: PostgresEventLog) async throws {
        while true {
            let events = try await log.events(after: position, limit: Self.pageLength)
            for event in events {
                take(try event.event.decoded(), of: ShowID(event.stream.rawValue), at: event.position)
            }
            if events.count < Self.pageLength { return }
        }
    }

    /// Those that are not settled, or are to be returned because their show is cancelled.
    var open: [OrderID: LoggedOrder] {
        orders.filter { id, order in
            !order.isSettled || order.ticketsLeft > 0 && shows[id].map(cancelled.contains) == true
        }
    }

    mutating func take(_ event: ShowEvent, of show: ShowID, at position: Int64) {
        self.position = position
        switch event {
        case .order(.started(let started)):
            orders[started.orderID] = LoggedOrder(total: started.total)
            shows[started.orderID] = show
        case .order(.sold(let sold)):
            change(sold.orderID) { order in
                order.isSold = true
                order.paymentID = sold.paymentID
                order.ticketsLeft = sold.seats.count + sold.areas.reduce(0) { $0 + $1.quantity }
            }
            for resold in sold.resold {
                guard let seller = resold.ticketID.order else { continue }
                change(seller) { order in
                    order.ticketsLeft -= 1
                    if resold.amount > 0 { order.owed[resold.refundID] = resold.amount }
                }
            }
        case .order(.failed(let failed)):
            change(failed.orderID) { order in
                order.hasFailed = true
                order.isParked = false
                switch failed.payment {
                case .none: order.isVoid = true
                case .unknown: break
                case .authorized(let id): order.paymentID = id
                }
            }
        case .order(.captured(let captured)):
            change(captured.orderID) { order in
                order.captured = captured.amount
                order.isParked = false
            }
        case .order(.voided(let voided)):
            change(voided.orderID) { order in
                order.isVoid = true
                order.isParked = false
                order.owed = [:]
            }
        case .order(.refunded(let refunded)):
            change(refunded.orderID) { $0.refunded[refunded.refundID, default: 0] += refunded.amount }
        case .order(.returned(let returned)):
            change(returned.orderID) { order in
                order.ticketsLeft -= returned.tickets.count
                if order.captured == nil { order.isRevoked = true }
                if returned.amount > 0 { order.owed[returned.refundID] = returned.amount }
            }
        case .order(.swapped(let swapped)):
            change(swapped.orderID) { order in
                if swapped.amount > 0 { order.owed[swapped.refundID] = swapped.amount }
            }
        case .order(.parked(let parked)): change(parked.orderID) { $0.isParked = true }
        case .order(.resumed(let resumed)): change(resumed.orderID) { $0.isParked = false }
        case .order(.money(let money)):
            change(money.orderID) { order in
                for part in money.settled { order.owed[part.refundID, default: 0] -= part.amount }
                order.owed = order.owed.filter { $0.value > 0 }
                if case .refunded(let refunded) = money {
                    order.refunded[RefundID(refunded.refundID), default: 0] += refunded.amount
                }
                if case .actionRequired = money { return }
                order.isParked = false
            }
        case .cancelled: cancelled.insert(show)
        case .created, .changed, .places, .allocations, .admission, .hold, .ticket, .waitlist: break
        }
    }

    private mutating func change(_ id: OrderID, _ change: (inout LoggedOrder) -> Void) {
        guard var order = orders[id] else { return }
        change(&order)
        orders[id] = order
    }
}
