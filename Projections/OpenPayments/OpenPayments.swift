public import Domain
public import Projection

/// The orders whose payment is not settled, or waits for an operator, and the cancelled shows whose orders are not all returned: what the payment
/// process has to do. All it knows is in here, and all of this is in the log.
public struct OpenPayments: AggregateProjection {
    public static let name = "open-payments"
    public static let formatVersion = 3

    /// Of orders that were settled once and are to be refunded, only what that takes.
    public private(set) var orders: [OrderID: OrderRecord] = [:]
    /// How many orders of a cancelled show still have tickets.
    public private(set) var cancellations: [ShowID: Int] = [:]

    public init() {}

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        let position = context.position
        switch event {
        case .order(.started(let started)):
            guard orders[started.orderID] == nil else {
                throw ProjectionFault("order \(started.orderID) is started twice")
            }
            put(OrderRecord(started, show: context.show, at: position))
        case .order(.sold(let sold)):
            try change(sold.orderID, event, in: context)
            // Of two seats of one seller, one event is one change.
            let sellers = Dictionary(
                sold.resold.map { ($0.ticketID.order, $0) }, uniquingKeysWith: { first, _ in first })
            for (order, resold) in sellers {
                guard let order else { throw ProjectionFault("\(resold.ticketID) is no ticket") }
                reopen(order, resold.sellerID, resold.paymentID, event, in: context)
            }
        case .order(.returned(let returned)):
            reopen(returned.orderID, returned.userID, returned.paymentID, event, in: context)
            // Whatever the reason: a sale that is revoked after the cancellation waits for no return any more.
            if let left = cancellations[context.show], !returned.tickets.isEmpty {
                cancellations[context.show] = left > 1 ? left - 1 : nil
            }
        case .order(.swapped(let swapped)):
            if swapped.amount > 0 || orders[swapped.orderID] != nil {
                reopen(swapped.orderID, swapped.userID, swapped.paymentID, event, in: context)
            }
        case .order(.money(let money)):
            switch money {
            case .actionRequired: try change(money.orderID, event, in: context)
            case .refunded(let refunded):
                reopen(money.orderID, money.userID, refunded.paymentID, event, in: context)
            case .disputed(let disputed):
                reopen(money.orderID, money.userID, disputed.paymentID, event, in: context)
            case .accepted, .suspended, .restored:
                // Of an order that nothing is to be done about, this changes nothing here.
                if orders[money.orderID] != nil { try change(money.orderID, event, in: context) }
            }
        case .order(let settled): try change(settled.orderID, event, in: context)
        case .cancelled(let cancelled):
            if cancelled.orders > 0 { cancellations[context.show] = cancelled.orders }
        // A ticket that is transferred or listed may be of an order whose refund is on its way: it changes nothing.
        case .created, .changed, .places, .allocations, .admission, .hold, .ticket, .waitlist: break
        }
    }

    /// From a snapshot.
    mutating func restore(_ record: OrderRecord) { orders[record.orderID] = record }

    mutating func restore(_ ordersLeft: Int, of show: ShowID) { cancellations[show] = ordersLeft }

    private mutating func change(
        _ id: OrderID, _ event: ShowEvent, in context: EventContext
    ) throws(ProjectionFault) {
        guard var record = orders[id] else { throw ProjectionFault("order \(id) is settled, or never was") }
        record.apply(event, at: context.position)
        put(record)
    }

    private mutating func reopen(
        _ id: OrderID, _ user: UserID, _ paymentID: String, _ event: ShowEvent, in context: EventContext
    ) {
        var record =
            orders[id] ?? OrderRecord(refunding: id, of: user, paymentID, show: context.show, at: context.position)
        record.apply(event, at: context.position)
        put(record)
    }

    private mutating func put(_ record: OrderRecord) { orders[record.orderID] = record.isOpen ? record : nil }
}
