internal import Domain
internal import Projection

/// A page of the log on its way into the view: the orders it names, and what it makes of them. Pure.
struct OrdersFold {
    /// Where an order is stored.
    struct Key: Hashable, Comparable, Sendable {
        var user: UserID
        var order: OrderID

        static func < (a: Self, b: Self) -> Bool { (a.user, a.order) < (b.user, b.order) }
    }

    struct Row: Equatable, Sendable {
        /// The sequence number of the event that started the order.
        var started: Int64
        var record: OrderRecord
    }

    /// Whom a ticket belongs to from here on, or does not any more.
    struct TicketRow: Equatable, Sendable {
        var owner: UserID
        var ticketID: TicketID
        /// In its order; 0: the ticket is not the owner's any more.
        var number: Int
        /// The sequence number of the event that made it the owner's.
        var since: Int64
        var order: Key
    }

    private var rows: [Key: Row]
    private var changed: Set<Key> = []
    /// Owners before the page, of the tickets that changed hands, and the sequence number at which they last did.
    private var moved: [TicketID: (order: Key, before: Set<UserID>, since: Int64)] = [:]

    /// - Parameter rows: what is stored of the orders that the page names.
    init(_ rows: [Key: Row]) { self.rows = rows }

    /// The stored orders that `events` build on.
    static func keys(in events: [FollowedEvent]) -> Set<Key> {
        var started: Set<Key> = []
        var wanted: Set<Key> = []
        for case .success(let event) in events.map(\.event) {
            let keys = event.orders
            if case .purchaseStarted = event { started.formUnion(keys) } else { wanted.formUnion(keys) }
        }
        // Of those that the page itself starts there is nothing stored, or the page is at fault.
        return wanted.subtracting(started)
    }

    /// Folds one event in, or throws and changes nothing.
    mutating func apply(_ followed: FollowedEvent) throws(ProjectionFault) {
        let event = try followed.event.get()
        let position = followed.context.position
        if case .purchaseStarted(let started) = event {
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
            let owner = index < before.count ? before[index].owner : nil
            guard owner != ticket.owner else { continue }
            var move = moved[ticket.ticketID] ?? (key, [], position)
            if let owner { move.before.insert(owner) }
            move.since = position
            moved[ticket.ticketID] = move
        }
    }

    /// The orders that are different now, in the order of their keys.
    var changedRows: [(key: Key, row: Row)] {
        changed.sorted().compactMap { key in rows[key].map { (key, $0) } }
    }

    /// Every order there is, in the order of the keys.
    var allRows: [(key: Key, row: Row)] { rows.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

    /// Who has which ticket now, and who does not any more.
    var ticketRows: [TicketRow] {
        moved.sorted { $0.key < $1.key }.flatMap { id, move -> [TicketRow] in
            guard let number = id.number, let tickets = rows[move.order]?.record.tickets,
                tickets.indices.contains(number - 1)
            else { return [] }
            let owner = tickets[number - 1].owner
            let lost = move.before.subtracting([owner]).sorted().map {
                TicketRow(owner: $0, ticketID: id, number: 0, since: move.since, order: move.order)
            }
            return lost + [TicketRow(owner: owner, ticketID: id, number: number, since: move.since, order: move.order)]
        }
    }
}

extension ShowEvent {
    /// Where the orders are stored that the event changes.
    fileprivate var orders: [OrdersFold.Key] {
        OrderRecord.references(in: self).map { OrdersFold.Key(user: $0.userID, order: $0.orderID) }
    }
}
