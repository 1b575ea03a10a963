internal import Contract
internal import Domain
internal import EventLog
internal import Postgres

/// The tables of `schema/orders`, for whoever folds the log into them.
struct OrdersStore: Sendable {
    let client: PostgresClient
    /// What a session that folds and reads by key has: plans by index whatever the tables' estimated size, and commits
    /// that wait for no disk. A crash may take the last of them back, whole: they are folded in again.
    static let sessionSetup = [
        "SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", "SET enable_hashjoin = off",
        "SET enable_mergejoin = off", "SET jit = off", "SET synchronous_commit = off",
    ]

    struct Claim: Sendable {
        /// This session is the one that folds.
        var isHolder: Bool
        var place: OrdersPlace
    }

    /// Asks to be the one that folds, and for as long as the session lasts. That is for efficiency; what keeps two from
    /// folding the same is ``apply(_:from:to:)``.
    func claim() async throws(OrdersError) -> Claim {
        try await query(.claim) { rows throws(PostgresError) in
            Claim(isHolder: try rows.bool(0, 3), place: try OrdersPlace(rows, row: 0))
        }
    }

    func place() async throws(OrdersError) -> OrdersPlace {
        try await query(.checkpoint) { rows throws(PostgresError) in try OrdersPlace(rows, row: 0) }
    }

    /// Waits for whoever is moving the view, and keeps everybody from it until the transaction ends.
    func lockedPlace() async throws(OrdersError) -> OrdersPlace {
        try await query(.lockedCheckpoint) { rows throws(PostgresError) in try OrdersPlace(rows, row: 0) }
    }

    /// Lets another process fold.
    func release() async { await client.disconnect() }

    func load(_ keys: Set<OrdersFold.Key>) async throws(OrdersError) -> [OrdersFold.Key: OrdersFold.Row] {
        guard !keys.isEmpty else { return [:] }
        let keys = keys.sorted()
        var parameters = PostgresParameters()
        parameters.append(array: keys.lazy.map(\.user.rawValue))
        parameters.append(array: keys.lazy.map(\.order.rawValue))
        return Dictionary(
            try await rows(.load, parameters).map { ($0.key, $0.row) }, uniquingKeysWith: { first, _ in first })
    }

    /// Who has which ticket, in the order of the tickets' ids.
    func tickets() async throws(OrdersError) -> [OrdersFold.TicketRow] {
        try await query(.allTickets) { rows throws(PostgresError) in
            var tickets: [OrdersFold.TicketRow] = []
            for row in 0..<rows.rowCount {
                tickets.append(
                    OrdersFold.TicketRow(
                        owner: UserID(try rows.text(row, 0)), ticketID: TicketID(try rows.text(row, 1)),
                        number: Int(try rows.int32(row, 2)), since: try rows.int64(row, 3),
                        order: OrdersFold.Key(
                            user: UserID(try rows.text(row, 4)), order: OrderID(try rows.text(row, 5)))))
            }
            return tickets
        }
    }

    /// All orders, in the order of their keys.
    func all() async throws(OrdersError) -> [(key: OrdersFold.Key, row: OrdersFold.Row)] { try await rows(.all) }

    private func rows(
        _ statement: PostgresStatement, _ parameters: PostgresParameters = PostgresParameters()
    ) async throws(OrdersError) -> [(key: OrdersFold.Key, row: OrdersFold.Row)] {
        let result: PostgresResult
        do throws(PostgresError) {
            result = try await client.query(statement, parameters)
        } catch {
            throw OrdersError(error)
        }
        var rows: [(key: OrdersFold.Key, row: OrdersFold.Row)] = []
        rows.reserveCapacity(result.rowCount)
        for row in 0..<result.rowCount {
            let (started, record) = try result.order(row, started: 0, record: 1)
            let key = OrdersFold.Key(user: record.userID, order: record.orderID)
            rows.append((key, OrdersFold.Row(started: started, record: record)))
        }
        return rows
    }

    /// Moves the view from one place to another. False: it is at another place, or somebody is moving it, and nothing
    /// was changed.
    func apply(_ fold: OrdersFold, from place: OrdersPlace, to token: SequenceToken) async throws(OrdersError) -> Bool {
        let orders = fold.changedRows
        let tickets = fold.ticketRows
        var parameters = PostgresParameters()
        parameters.reserve(byteCount: 1_024 + orders.count * 512 + tickets.count * 256)
        parameters.append(place)
        parameters.append(token.epoch)
        parameters.append(token.sequence)
        parameters.append(array: orders.lazy.map(\.key.user.rawValue))
        parameters.append(array: orders.lazy.map(\.key.order.rawValue))
        parameters.append(array: orders.lazy.map(\.row.started))
        parameters.append(array: orders.lazy.map(\.row.record.position))
        parameters.append(array: orders.lazy.map(\.row.record.encoded))
        parameters.append(array: tickets.lazy.map(\.owner.rawValue))
        parameters.append(array: tickets.lazy.map(\.ticketID.rawValue))
        parameters.append(array: tickets.lazy.map { Int32(clamping: $0.number) })
        parameters.append(array: tickets.lazy.map(\.since))
        parameters.append(array: tickets.lazy.map(\.order.user.rawValue))
        parameters.append(array: tickets.lazy.map(\.order.order.rawValue))
        return try await query(.apply, parameters) { rows throws(PostgresError) in try rows.bool(0, 0) }
    }

    /// Empties the view, to be built anew in this epoch. False: as with ``apply(_:from:to:)``.
    func clear(from place: OrdersPlace, epoch: Int64) async throws(OrdersError) -> Bool {
        var parameters = PostgresParameters()
        parameters.append(place)
        parameters.append(epoch)
        parameters.append(Int32(OrderRecord.formatVersion))
        return try await query(.clear, parameters) { rows throws(PostgresError) in try rows.bool(0, 0) }
    }

    func script(_ sql: String) async throws(OrdersError) {
        do throws(PostgresError) {
            try await client.script(sql)
        } catch {
            throw OrdersError(error)
        }
    }

    private func query<R>(
        _ statement: PostgresStatement, _ parameters: PostgresParameters = PostgresParameters(),
        decode: (PostgresResult) throws(PostgresError) -> R
    ) async throws(OrdersError) -> R {
        do throws(PostgresError) {
            return try decode(try await client.query(statement, parameters))
        } catch {
            throw OrdersError(error)
        }
    }
}

extension PostgresParameters {
    fileprivate mutating func append(_ place: OrdersPlace) {
        append(place.token.epoch)
        append(place.token.sequence)
        append(Int32(place.formatVersion))
    }
}

extension OrdersPlace {
    /// From the first three columns.
    init(_ rows: PostgresResult, row: Int) throws(PostgresError) {
        self.init(
            token: SequenceToken(epoch: try rows.int64(row, 0), sequence: try rows.int64(row, 1)),
            formatVersion: Int(try rows.int32(row, 2)))
    }
}

extension PostgresResult {
    func order(_ row: Int, started: Int, record: Int) throws(OrdersError) -> (started: Int64, record: OrderRecord) {
        let (position, bytes): (Int64, [UInt8])
        do throws(PostgresError) {
            (position, bytes) = (try int64(row, started), try self.bytes(row, record))
        } catch {
            throw OrdersError(error)
        }
        do throws(UnreadableOrder) {
            return (position, try OrderRecord(encoded: bytes))
        } catch {
            throw OrdersError(error)
        }
    }
}

extension PostgresStatement {
    static let checkpoint = PostgresStatement(
        name: "checkpoint", sql: "SELECT epoch, position, format_version FROM holdfast_orders.checkpoint")

    fileprivate static let lockedCheckpoint = PostgresStatement(
        name: "locked_checkpoint",
        sql: "SELECT epoch, position, format_version FROM holdfast_orders.checkpoint FOR UPDATE")

    /// The number of the advisory lock is holdfast_orders', and nobody else's.
    fileprivate static let claim = PostgresStatement(
        name: "claim",
        sql: """
            SELECT epoch, position, format_version, pg_try_advisory_lock(7308327774018887781)
            FROM holdfast_orders.checkpoint
            """)

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
            SELECT owner_id, ticket_id, number, since_position, order_user_id, order_id
            FROM holdfast_orders.tickets ORDER BY ticket_id, owner_id
            """)

    fileprivate static let apply = PostgresStatement(
        name: "apply",
        sql: """
            SELECT holdfast_orders.apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """)

    fileprivate static let clear = PostgresStatement(
        name: "clear", sql: "SELECT holdfast_orders.clear($1, $2, $3, $4, $5)")
}
