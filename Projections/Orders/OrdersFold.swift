internal import Contract
public import Domain
public import Projection

/// The Orders view: what came of every purchase, and who has which ticket.
public struct OrdersFold: StoredFold {
    public static let name = "orders"
    public static let formatVersion = OrderRecord.formatVersion

    /// Where an order is stored.
    public struct Key: Hashable, Comparable, Sendable {
        public var user: UserID
        public var order: OrderID

        public init(user: UserID, order: OrderID) {
            self.user = user
            self.order = order
        }

        public static func < (a: Self, b: Self) -> Bool { (a.user, a.order) < (b.user, b.order) }
    }

    public struct Row: Equatable, Sendable {
        /// The sequence number of the event that started the order.
        public var started: Int64
        public var record: OrderRecord

        public init(started: Int64, record: OrderRecord) {
            self.started = started
            self.record = record
        }
    }

    /// Whom a ticket belongs to from here on, or does not any more.
    public struct TicketRow: Equatable, Sendable {
        public var owner: UserID
        public var ticketID: TicketID
        /// In its order; 0: the ticket is not the owner's any more.
        public var number: Int
        /// The sequence number of the event that made it the owner's, or gave it its seat.
        public var since: Int64
        public var order: Key
        /// The guid of its seat; nil: it is for a unit of an area, or not the owner's any more.
        public var seat: String?

        public init(
            owner: UserID, ticketID: TicketID, number: Int, since: Int64, order: Key, seat: String? = nil
        ) {
            self.owner = owner
            self.ticketID = ticketID
            self.number = number
            self.since = since
            self.order = order
            self.seat = seat
        }
    }

    private var rows: [Key: Row]
    private var changed: Set<Key> = []
    /// Owners before the page, of the tickets that changed hands or seats, and the sequence number at which they last did.
    private var moved: [TicketID: (order: Key, before: Set<UserID>, since: Int64)] = [:]

    public init(_ rows: [Key: Row]) { self.rows = rows }

    public static func keys(in events: [FollowedEvent]) -> Set<Key> {
        var started: Set<Key> = []
        var wanted: Set<Key> = []
        for followed in events {
            guard case .success(let event as ShowEvent) = followed.event else { continue }
            let keys = event.orders
            if case .order(.started) = event { started.formUnion(keys) } else { wanted.formUnion(keys) }
        }
        // Of those that the page itself starts there is nothing stored, or the page is at fault.
        return wanted.subtracting(started)
    }

    public mutating func apply(_ followed: FollowedEvent) throws(ProjectionFault) {
        guard let event = try followed.event.get() as? ShowEvent else { return }
        let position = followed.context.position
        if case .order(.started(let started)) = event {
            let key = Key(user: started.userID, order: started.orderID)
            guard rows[key] == nil else { throw ProjectionFault("order \(key.order) is started twice") }
            rows[key] = Row(
                started: position, record: OrderRecord(started, show: followed.context.show, at: position))
            changed.insert(key)
            return
        }
        let keys = event.orders
        if let missing = keys.first(where: { rows[$0] == nil }) {
            throw ProjectionFault("order \(missing.order) changes and is not there")
        }
        for key in keys {
            guard var row = rows[key] else { continue }
            let before = row.record.tickets
            row.record.apply(event, at: position)
            note(key, before: before, after: row.record.tickets, at: position)
            rows[key] = row
            changed.insert(key)
        }
    }

    private mutating func note(
        _ key: Key, before: [OrderRecord.Ticket], after: [OrderRecord.Ticket], at position: Int64
    ) {
        for (index, ticket) in after.enumerated() {
            let (owner, seat) = index < before.count ? (before[index].owner, before[index].seat) : (nil, nil)
            guard owner != ticket.owner || seat != ticket.seat else { continue }
            var move = moved[ticket.ticketID] ?? (key, [], position)
            if let owner { move.before.insert(owner) }
            move.since = position
            moved[ticket.ticketID] = move
        }
    }

    /// The orders that are different now, in the order of their keys.
    public var changedRows: [(key: Key, row: Row)] {
        changed.sorted().compactMap { key in rows[key].map { (key, $0) } }
    }

    /// Every order there is, in the order of the keys.
    public var allRows: [(key: Key, row: Row)] { rows.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    /// Who has which ticket now, and who does not any more.
    public var ticketRows: [TicketRow] {
        moved.sorted { $0.key < $1.key }.flatMap { id, move -> [TicketRow] in
            guard let number = id.number, let tickets = rows[move.order]?.record.tickets,
                tickets.indices.contains(number - 1)
            else { return [] }
            let owner = tickets[number - 1].owner
            let lost = move.before.subtracting([owner]).sorted().map {
                TicketRow(owner: $0, ticketID: id, number: 0, since: move.since, order: move.order)
            }
            return lost + [
                TicketRow(
                    owner: owner, ticketID: id, number: number, since: move.since, order: move.order,
                    seat: tickets[number - 1].seat)
            ]
        }
    }
}

extension ShowEvent {
    /// Where the orders are stored that the event changes.
    fileprivate var orders: [OrdersFold.Key] {
        OrderRecord.references(in: self).map { OrdersFold.Key(user: $0.userID, order: $0.orderID) }
    }
}
