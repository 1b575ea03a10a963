internal import Contract
public import Domain
public import EventLog
public import Following
public import Logging
internal import Postgres

/// Reads the Orders view. What one read returns, and the place in the log it is of, are of one snapshot.
public final class OrdersReader: Sendable {
    /// One ticket with the order it is in.
    public struct Ticket: Equatable, Sendable {
        public var ticketID: TicketID
        public var order: OrderRecord

        /// As its order has it; nil: the order has no such ticket.
        public var record: OrderRecord.Ticket? {
            guard let number = ticketID.number, order.tickets.indices.contains(number - 1) else { return nil }
            return order.tickets[number - 1]
        }
    }

    /// A part of a list, newest first.
    public struct Page<Element: Sendable, Cursor: Sendable>: Sendable {
        public var elements: [Element]
        /// Where the next part begins; nil: there is none.
        public var next: Cursor?
    }

    /// Where a list of tickets goes on: after the ticket with this number that was its owner's since there.
    public struct TicketCursor: Equatable, Sendable {
        public var since: Int64
        public var number: Int

        public init(since: Int64, number: Int) {
            self.since = since
            self.number = number
        }
    }

    let view: PostgresViewReader<OrdersView>

    /// - Parameter conninfo: a libpq connection string; the role needs what `holdfast_reader` has.
    public init(conninfo: String, statementTimeout: Duration = .seconds(5), logger: Logger) {
        view = PostgresViewReader(conninfo: conninfo, statementTimeout: statementTimeout, logger: logger)
    }

    /// How far the view is, and waiting for it.
    public var position: StoredPosition { view.position }

    /// Closes its connections; the next read opens them again.
    public func disconnect() async { await view.disconnect() }

    /// A user's orders, the newest first.
    ///
    /// - Parameter before: the sequence number that started the last one the caller has; nil: none.
    public func orders(
        of user: UserID, before: Int64?, limit: Int
    ) async throws(StoredViewError) -> (Page<OrderRecord, Int64>, LogPosition) {
        // One more, to know whether there is more.
        let parameters = PostgresParameters(user.rawValue, before ?? .max, Int64(limit) + 1)
        let rows = try await view.read(.orders, parameters)
        var elements: [OrderRecord] = []
        var last: Int64 = 0
        for row in rows.indices.prefix(limit) {
            let (started, record) = try rows.result.order(row, started: 3, record: 4)
            elements.append(record)
            last = started
        }
        return (Page(elements: elements, next: rows.indices.count > limit ? last : nil), rows.place)
    }

    /// An order, if there is one and it is the user's.
    public func order(_ id: OrderID, of user: UserID) async throws(StoredViewError) -> (OrderRecord?, LogPosition) {
        let rows = try await view.read(.order, PostgresParameters(user.rawValue, id.rawValue))
        guard let row = rows.indices.first else { return (nil, rows.place) }
        return (try rows.result.order(row, started: 3, record: 4).record, rows.place)
    }

    /// An order, once the view has come to `token`; nil: there is none, or it did not get there within `timeout`.
    public func order(
        _ id: OrderID, of user: UserID, notBefore token: LogPosition, timeout: Duration
    ) async throws(StoredViewError) -> OrderRecord? {
        // Where nobody looked lately, only a read tells how far the view is.
        let (record, place) = try await order(id, of: user)
        if (place.epoch, place.position) >= (token.epoch, token.position) { return record }
        guard await position.wait(for: token, timeout: timeout) == .reached else { return nil }
        return try await order(id, of: user).0
    }

    /// A ticket, if there is one and it is the owner's now.
    public func ticket(_ id: TicketID, of owner: UserID) async throws(StoredViewError) -> (Ticket?, LogPosition) {
        let rows = try await view.read(.ticket, PostgresParameters(owner.rawValue, id.rawValue))
        guard let row = rows.indices.first else { return (nil, rows.place) }
        return (Ticket(ticketID: id, order: try rows.result.order(row, started: 3, record: 4).record), rows.place)
    }

    /// An owner's tickets, those first that became theirs last.
    public func tickets(
        of owner: UserID, after cursor: TicketCursor?, limit: Int
    ) async throws(StoredViewError) -> (Page<Ticket, TicketCursor>, LogPosition) {
        let parameters = PostgresParameters(
            owner.rawValue, cursor?.since ?? .max, Int32(clamping: cursor?.number ?? 0), Int64(limit) + 1)
        let rows = try await view.read(.tickets, parameters)
        var elements: [Ticket] = []
        var last: TicketCursor?
        for row in rows.indices.prefix(limit) {
            let (since, record) = try rows.result.order(row, started: 3, record: 4)
            do throws(PostgresError) {
                elements.append(Ticket(ticketID: TicketID(try rows.result.text(row, 5)), order: record))
                last = TicketCursor(since: since, number: Int(try rows.result.int32(row, 6)))
            } catch {
                throw StoredViewError(error)
            }
        }
        return (Page(elements: elements, next: rows.indices.count > limit ? last : nil), rows.place)
    }
}

extension PostgresStatement {
    fileprivate static let orders = PostgresViewReader<OrdersView>.page(
        "orders", columns: "started_position, record",
        """
        SELECT started_position, record FROM holdfast_orders.orders
        WHERE user_id = $1 AND started_position < $2 ORDER BY started_position DESC LIMIT $3
        """, order: "started_position DESC")

    fileprivate static let order = PostgresViewReader<OrdersView>.page(
        "order", columns: "started_position, record",
        "SELECT started_position, record FROM holdfast_orders.orders WHERE user_id = $1 AND order_id = $2")

    fileprivate static let ticket = PostgresViewReader<OrdersView>.page(
        "ticket", columns: "since_position, record",
        """
        SELECT t.since_position, o.record FROM holdfast_orders.tickets AS t
        JOIN holdfast_orders.orders AS o ON o.user_id = t.order_user_id AND o.order_id = t.order_id
        WHERE t.owner_id = $1 AND t.ticket_id = $2
        """)

    fileprivate static let tickets = PostgresViewReader<OrdersView>.page(
        "tickets", columns: "since_position, record, ticket_id, number",
        """
        SELECT t.since_position, o.record, t.ticket_id, t.number
        FROM (
            SELECT * FROM holdfast_orders.tickets
            WHERE owner_id = $1 AND since_position <= $2 AND (since_position < $2 OR number > $3)
            ORDER BY since_position DESC, number LIMIT $4
        ) AS t
        JOIN holdfast_orders.orders AS o ON o.user_id = t.order_user_id AND o.order_id = t.order_id
        """, order: "since_position DESC, number")
}
