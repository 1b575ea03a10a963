internal import Contract
internal import Domain
public import Orders
public import Postgres

/// The rows of the Orders view (`schema/orders`).
public enum OrdersView: PostgresView {
    public typealias Fold = OrdersFold

    public static let schema = "holdfast_orders"

    public static func load(_ keys: Set<OrdersFold.Key>) -> (PostgresStatement, PostgresParameters) {
        let keys = keys.sorted()
        var parameters = PostgresParameters()
        parameters.append(array: keys.lazy.map(\.user.rawValue))
        parameters.append(array: keys.lazy.map(\.order.rawValue))
        return (.load, parameters)
    }

    public static func row(
        of result: PostgresResult, _ row: Int
    ) throws(StoredViewError) -> (key: OrdersFold.Key, row: OrdersFold.Row) {
        let (started, record) = try result.order(row, started: 0, record: 1)
        return (
            OrdersFold.Key(user: record.userID, order: record.orderID), OrdersFold.Row(started: started, record: record)
        )
    }

    public static func append(_ fold: OrdersFold, to parameters: inout PostgresParameters) {
        let orders = fold.changedRows
        let tickets = fold.ticketRows
        parameters.reserve(byteCount: 1_024 + orders.count * 512 + tickets.count * 256)
        parameters.append(array: orders.lazy.map(\.key.user.rawValue))
        parameters.append(array: orders.lazy.map(\.key.order.rawValue))
        parameters.append(array: orders.lazy.map(\.row.started))
        parameters.append(array: orders.lazy.map(\.row.record.position))
        parameters.append(array: orders.lazy.map { Int32(clamping: $0.row.record.tickets.count) })
        parameters.append(array: orders.lazy.map(\.row.record.encoded))
        parameters.append(array: tickets.lazy.map(\.owner.rawValue))
        parameters.append(array: tickets.lazy.map(\.ticketID.rawValue))
        parameters.append(array: tickets.lazy.map { Int32(clamping: $0.number) })
        parameters.append(array: tickets.lazy.map(\.since))
        parameters.append(array: tickets.lazy.map(\.order.user.rawValue))
        parameters.append(array: tickets.lazy.map(\.order.order.rawValue))
        parameters.append(array: tickets.lazy.map { $0.seat ?? "" })
    }

    public static func storedRows(_ query: AuditQuery) async throws(StoredViewError) -> [AuditedRow] {
        let orders = try await query(.all)
        var rows: [AuditedRow] = []
        rows.reserveCapacity(orders.rowCount)
        for index in 0..<orders.rowCount { rows.append(AuditedRow(try row(of: orders, index).row)) }
        let tickets = try await query(.allTickets)
        for index in 0..<tickets.rowCount { rows.append(AuditedRow(try OrdersFold.TicketRow(tickets, index))) }
        return rows
    }

    public static func rows(of fold: OrdersFold) -> [AuditedRow] {
        // Tickets without a number say who lost one; stored is only who has it.
        fold.allRows.map { AuditedRow($0.row) } + fold.ticketRows.filter { $0.number > 0 }.map { AuditedRow($0) }
    }
}

extension AuditedRow {
    fileprivate init(_ row: OrdersFold.Row) {
        let bytes = row.record.encoded
        var digested: [UInt8] = []
        for number in [row.started, Int64(bytes.count)] {
            withUnsafeBytes(of: number.bigEndian) { digested.append(contentsOf: $0) }
        }
        self.init(text: "\(row.record)", digested: digested + bytes)
    }

    fileprivate init(_ row: OrdersFold.TicketRow) { self.init(text: "\(row)") }
}

extension OrdersFold.TicketRow {
    fileprivate init(_ rows: PostgresResult, _ row: Int) throws(StoredViewError) {
        do throws(PostgresError) {
            self.init(
                owner: UserID(try rows.text(row, 0)), ticketID: TicketID(try rows.text(row, 1)),
                number: Int(try rows.int32(row, 2)), since: try rows.int64(row, 3),
                order: OrdersFold.Key(user: UserID(try rows.text(row, 4)), order: OrderID(try rows.text(row, 5))),
                seat: rows.isNull(row, 6) ? nil : try rows.text(row, 6))
        } catch {
            throw StoredViewError(error)
        }
    }
}

extension PostgresResult {
    func order(_ row: Int, started: Int, record: Int) throws(StoredViewError) -> (started: Int64, record: OrderRecord) {
        let (position, bytes): (Int64, [UInt8])
        do throws(PostgresError) {
            (position, bytes) = (try int64(row, started), try self.bytes(row, record))
        } catch {
            throw StoredViewError(error)
        }
        do throws(UnreadableOrder) {
            return (position, try OrderRecord(encoded: bytes))
        } catch {
            throw StoredViewError(error)
        }
    }
}

extension PostgresStatement {
    fileprivate static let load = PostgresStatement(
        name: "load",
        sql: """
            SELECT o.started_position, o.record FROM unnest($1, $2) AS k (user_id, order_id)
            JOIN holdfast_orders.orders AS o USING (user_id, order_id)
            """)

    fileprivate static let all = PostgresStatement(
        once: "SELECT started_position, record FROM holdfast_orders.orders ORDER BY user_id, order_id")

    fileprivate static let allTickets = PostgresStatement(
        once: """
            SELECT owner_id, ticket_id, number, since_position, order_user_id, order_id, seat
            FROM holdfast_orders.tickets ORDER BY ticket_id, owner_id
            """)
}
