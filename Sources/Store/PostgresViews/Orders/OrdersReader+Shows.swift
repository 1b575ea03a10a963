internal import Contract
public import Domain
public import EventLog
internal import Postgres

// What the doors of a show and the back office read, whoever the orders and tickets belong to.
extension OrdersReader {
    /// Which orders or tickets of a show are wanted.
    public enum Filter: Equatable, Sendable {
        case all
        /// Of an order: who pays for it. Of a ticket: whose it is.
        case user(UserID)
        /// The guid of a seat; an order is one that has or had a ticket for it.
        case seat(String)
        case order(OrderID)
    }

    /// An order, whoever pays for it.
    public func order(_ id: OrderID) async throws(StoredViewError) -> (OrderRecord?, LogPosition) {
        let rows = try await view.read(.anyOrder, PostgresParameters(id.rawValue))
        guard let row = rows.indices.first else { return (nil, rows.place) }
        return (try rows.result.order(row, started: 3, record: 4).record, rows.place)
    }

    /// A ticket, whoever it belongs to.
    public func ticket(_ id: TicketID) async throws(StoredViewError) -> (Ticket?, LogPosition) {
        // No order has the empty id.
        let (order, place) = try await order(id.order ?? OrderID(""))
        let ticket = order.map { Ticket(ticketID: id, order: $0) }
        return (ticket?.record == nil ? nil : ticket, place)
    }

    /// A show's orders, the newest first.
    ///
    /// - Parameter before: the sequence number that started the last one the caller has; nil: none.
    public func orders(
        of show: ShowID, _ filter: Filter = .all, before: Int64?, limit: Int
    ) async throws(StoredViewError) -> (Page<OrderRecord, Int64>, LogPosition) {
        let (before, count) = (before ?? .max, Int64(limit) + 1)
        let rows =
            switch filter {
            case .all: try await view.read(.ordersOfShow, PostgresParameters(show.rawValue, before, count))
            case .user(let user):
                try await view.read(
                    .ordersOfShowAndUser, PostgresParameters(show.rawValue, before, count, user.rawValue))
            case .seat(let seat):
                try await view.read(.ordersOfShowAndSeat, PostgresParameters(show.rawValue, before, count, seat))
            case .order(let order):
                try await view.read(
                    .ordersOfShowAndOrder, PostgresParameters(show.rawValue, before, count, order.rawValue))
            }
        var elements: [OrderRecord] = []
        var last: Int64 = 0
        for row in rows.indices.prefix(limit) {
            let (started, record) = try rows.result.order(row, started: 3, record: 4)
            elements.append(record)
            last = started
        }
        return (Page(elements: elements, next: rows.indices.count > limit ? last : nil), rows.place)
    }

    /// A show's tickets, by id.
    ///
    /// - Parameter after: the last one the caller has; nil: none.
    public func tickets(
        of show: ShowID, _ filter: Filter = .all, after: TicketID?, limit: Int
    ) async throws(StoredViewError) -> (Page<Ticket, TicketID>, LogPosition) {
        let (after, count) = (after?.rawValue ?? "", Int64(limit) + 1)
        let rows =
            switch filter {
            case .all: try await view.read(.ticketsOfShow, PostgresParameters(show.rawValue, after, count))
            case .user(let user):
                try await view.read(
                    .ticketsOfShowAndUser, PostgresParameters(show.rawValue, after, count, user.rawValue))
            case .seat(let seat):
                try await view.read(.ticketsOfShowAndSeat, PostgresParameters(show.rawValue, after, count, seat))
            case .order(let order):
                try await view.read(
                    .ticketsOfShowAndOrder, PostgresParameters(show.rawValue, after, count, order.rawValue))
            }
        var elements: [Ticket] = []
        for row in rows.indices.prefix(limit) {
            let (_, record) = try rows.result.order(row, started: 3, record: 4)
            do throws(PostgresError) {
                elements.append(Ticket(ticketID: TicketID(try rows.result.text(row, 5)), order: record))
            } catch {
                throw StoredViewError(error)
            }
        }
        let next = rows.indices.count > limit ? elements.last?.ticketID : nil
        return (Page(elements: elements, next: next), rows.place)
    }

    /// Those who have or had tickets of a show and have an account here, by id.
    ///
    /// - Parameters:
    ///   - after: the last one the caller has; nil: none.
    ///   - limit: of users.
    /// - Returns: each, and whether any of the tickets is still good.
    public func holders(
        of show: ShowID, after: UserID?, limit: Int
    ) async throws(StoredViewError) -> ([(user: UserID, isLive: Bool)], LogPosition) {
        let parameters = PostgresParameters(show.rawValue, after?.rawValue ?? "", Int64(limit))
        let rows = try await view.read(.holders, parameters)
        var holders: [(user: UserID, isLive: Bool)] = []
        for row in rows.indices {
            let (_, record) = try rows.result.order(row, started: 3, record: 4)
            let (user, number): (UserID, Int)
            do throws(PostgresError) {
                (user, number) = (UserID(try rows.result.text(row, 5)), Int(try rows.result.int32(row, 6)))
            } catch {
                throw StoredViewError(error)
            }
            let isLive =
                record.tickets.indices.contains(number - 1)
                && [.valid, .listed, .scanned, .outside, .suspended].contains(record.tickets[number - 1].status)
            if holders.last?.user == user {
                holders[holders.count - 1].isLive = holders[holders.count - 1].isLive || isLive
            } else {
                holders.append((user, isLive))
            }
        }
        return (holders, rows.place)
    }

    /// Where a door's list goes on: after the order that changed last at this sequence number. One event may change several.
    public struct DoorCursor: Equatable, Sendable {
        public var position: Int64
        public var order: OrderID

        public init(position: Int64, order: OrderID) {
            self.position = position
            self.order = order
        }
    }

    /// A show's orders that have or had tickets, those first that changed first. An order that changes between two pages
    /// comes again, as it is then: whoever reads page by page to the end has missed nothing up to the place of the last.
    ///
    /// - Parameter after: where the page before ended, or an earlier list; nil: at the beginning.
    public func door(
        of show: ShowID, after: DoorCursor?, limit: Int
    ) async throws(StoredViewError) -> (Page<OrderRecord, DoorCursor>, LogPosition) {
        let parameters = PostgresParameters(
            show.rawValue, after?.position ?? 0, after?.order.rawValue ?? "", Int64(limit) + 1)
        let rows = try await view.read(.door, parameters)
        var elements: [OrderRecord] = []
        for row in rows.indices.prefix(limit) {
            elements.append(try rows.result.order(row, started: 3, record: 4).record)
        }
        let last = elements.last.map { DoorCursor(position: $0.position, order: $0.orderID) }
        return (Page(elements: elements, next: rows.indices.count > limit ? last : nil), rows.place)
    }
}

extension PostgresStatement {
    fileprivate static let anyOrder = PostgresViewReader<OrdersView>.page(
        "any-order", columns: "started_position, record",
        "SELECT started_position, record FROM holdfast_orders.orders WHERE order_id = $1")

    private static func ordersOfShow(_ name: String, _ condition: String) -> PostgresStatement {
        PostgresViewReader<OrdersView>.page(
            name, columns: "started_position, record",
            """
            SELECT o.started_position, o.record FROM holdfast_orders.orders AS o
            WHERE o.show_id = $1 AND o.started_position < $2 \(condition)
            ORDER BY o.started_position DESC LIMIT $3
            """, order: "started_position DESC")
    }

    fileprivate static let ordersOfShow = ordersOfShow("orders-of-show", "")
    fileprivate static let ordersOfShowAndUser = ordersOfShow("orders-of-show-and-user", "AND o.user_id = $4")
    fileprivate static let ordersOfShowAndOrder = ordersOfShow("orders-of-show-and-order", "AND o.order_id = $4")
    fileprivate static let ordersOfShowAndSeat = ordersOfShow(
        "orders-of-show-and-seat",
        """
        AND (o.user_id, o.order_id) IN (
            SELECT t.order_user_id, t.order_id FROM holdfast_orders.tickets AS t WHERE t.show_id = $1 AND t.seat = $4)
        """)

    private static func ticketsOfShow(_ name: String, _ condition: String) -> PostgresStatement {
        PostgresViewReader<OrdersView>.page(
            name, columns: "started_position, record, ticket_id",
            """
            SELECT o.started_position, o.record, t.ticket_id
            FROM (
                SELECT * FROM holdfast_orders.tickets AS t
                WHERE t.show_id = $1 AND t.ticket_id > $2 \(condition)
                ORDER BY t.ticket_id LIMIT $3
            ) AS t
            JOIN holdfast_orders.orders AS o ON o.user_id = t.order_user_id AND o.order_id = t.order_id
            """, order: "ticket_id")
    }

    fileprivate static let ticketsOfShow = ticketsOfShow("tickets-of-show", "")
    fileprivate static let ticketsOfShowAndUser = ticketsOfShow("tickets-of-show-and-user", "AND t.owner_id = $4")
    fileprivate static let ticketsOfShowAndSeat = ticketsOfShow("tickets-of-show-and-seat", "AND t.seat = $4")
    fileprivate static let ticketsOfShowAndOrder = ticketsOfShow("tickets-of-show-and-order", "AND t.order_id = $4")

    fileprivate static let holders = PostgresViewReader<OrdersView>.page(
        "holders", columns: "started_position, record, owner_id, number",
        """
        SELECT o.started_position, o.record, t.owner_id, t.number
        FROM (
            SELECT DISTINCT owner_id FROM holdfast_orders.tickets
            WHERE show_id = $1 AND owner_id > $2 AND owner_id LIKE 'account:%'
            ORDER BY owner_id LIMIT $3
        ) AS h
        JOIN holdfast_orders.tickets AS t ON t.owner_id = h.owner_id AND t.show_id = $1
        JOIN holdfast_orders.orders AS o ON o.user_id = t.order_user_id AND o.order_id = t.order_id
        """, order: "owner_id, number")

    fileprivate static let door = PostgresViewReader<OrdersView>.page(
        "door", columns: "started_position, record, last_position, order_id",
        """
        SELECT started_position, record, last_position, order_id FROM holdfast_orders.orders
        WHERE show_id = $1 AND ticket_count > 0 AND (last_position, order_id) > ($2, $3)
        ORDER BY last_position, order_id LIMIT $4
        """, order: "last_position, order_id")
}
