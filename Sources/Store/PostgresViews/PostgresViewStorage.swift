public import EventLog
public import Following
public import Logging
internal import Postgres
public import Projection

/// The tables of a stored view, for whoever folds the log into them.
public struct PostgresViewStorage<View: PostgresView>: ViewStorage {
    public typealias Fold = View.Fold

    private let client: PostgresClient
    /// Empties large tables: that takes its time.
    private let makeClearer: @Sendable () -> PostgresClient

    /// - Parameter conninfo: a libpq connection string of the view's database; the role needs what `holdfast_reader` has.
    public init(conninfo: String, logger: Logger) {
        self.init(conninfo: conninfo, statementTimeout: .seconds(10), logger: logger)
    }

    init(conninfo: String, statementTimeout: Duration, logger: Logger) {
        let name = "holdfast-\(Fold.name)"
        client = PostgresClient(view: name, conninfo, statementTimeout, logger)
        makeClearer = { PostgresClient(view: name + "-clear", conninfo, .seconds(3_600), logger) }
    }

    public func checkpoint() async throws(StoredViewError) -> StoredCheckpoint {
        try await client.checkpoint(View.checkpoint)
    }

    public func load(_ keys: Set<Fold.Key>) async throws(StoredViewError) -> [Fold.Key: Fold.Row] {
        guard !keys.isEmpty else { return [:] }
        let (statement, parameters) = View.load(keys)
        let result = try await client.run(statement, parameters)
        var rows: [Fold.Key: Fold.Row] = Dictionary(minimumCapacity: result.rowCount)
        for row in 0..<result.rowCount {
            let (key, stored) = try View.row(of: result, row)
            rows[key] = stored
        }
        return rows
    }

    public func commit(
        _ fold: Fold, from checkpoint: StoredCheckpoint, to token: LogPosition
    ) async throws(StoredViewError) -> Bool {
        var parameters = PostgresParameters()
        parameters.append(checkpoint)
        parameters.append(token.epoch)
        parameters.append(token.position)
        View.append(fold, to: &parameters)
        return try await client.isTrue(Self.call("apply", parameters), parameters)
    }

    public func clear(
        from checkpoint: StoredCheckpoint, to start: StoredCheckpoint
    ) async throws(StoredViewError) -> Bool {
        let clearer = makeClearer()
        let result: Result<Bool, StoredViewError>
        do throws(StoredViewError) {
            result = .success(try await clear(from: checkpoint, to: start, by: clearer))
        } catch {
            result = .failure(error)
        }
        await clearer.disconnect()
        return try result.get()
    }

    public func disconnect() async { await client.disconnect() }

    private func clear(
        from checkpoint: StoredCheckpoint, to start: StoredCheckpoint, by client: PostgresClient
    ) async throws(StoredViewError) -> Bool {
        var parameters = PostgresParameters()
        parameters.append(checkpoint)
        parameters.append(start.token.epoch)
        parameters.append(Int32(start.formatVersion))
        return try await client.isTrue(Self.call("clear", parameters), parameters)
    }

    private static func call(_ function: String, _ parameters: PostgresParameters) -> PostgresStatement {
        let list = (1...parameters.count).map { "$\($0)" }.joined(separator: ", ")
        return PostgresStatement(name: function, sql: "SELECT \(View.schema).\(function)(\(list))")
    }

    // MARK: For audits

    /// Waits for whoever is moving the view, and keeps everybody from it until the transaction ends.
    func lockedCheckpoint() async throws(StoredViewError) -> StoredCheckpoint {
        try await client.checkpoint(
            PostgresStatement(name: "locked_checkpoint", sql: "\(View.checkpoint.sql) FOR UPDATE"))
    }

    /// Empties the view within the transaction that was begun.
    func clearWithin(
        _ checkpoint: StoredCheckpoint, to start: StoredCheckpoint
    ) async throws(StoredViewError) -> Bool { try await clear(from: checkpoint, to: start, by: client) }

    func storedRows() async throws(StoredViewError) -> [AuditedRow] {
        try await View.storedRows { statement async throws(StoredViewError) in try await client.run(statement) }
    }

    func script(_ sql: String) async throws(StoredViewError) {
        do throws(PostgresError) {
            try await client.script(sql)
        } catch {
            throw StoredViewError(error)
        }
    }
}

extension PostgresClient {
    /// What a session that folds and reads by key has: plans by index whatever the tables' estimated size, and commits
    /// that wait for no disk. A crash may take the last of them back, whole: they are folded in again.
    static let viewSetup = [
        "SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off", "SET enable_hashjoin = off",
        "SET enable_mergejoin = off", "SET jit = off", "SET synchronous_commit = off",
    ]

    init(
        view name: String, _ conninfo: String, _ statementTimeout: Duration, setup: [String] = viewSetup,
        _ logger: Logger
    ) {
        self.init(
            Configuration(
                conninfo: conninfo, applicationName: name, statementTimeout: statementTimeout,
                sessionSetup: setup),
            logger: logger)
    }

    nonisolated func run(
        _ statement: PostgresStatement, _ parameters: PostgresParameters = PostgresParameters()
    ) async throws(StoredViewError) -> PostgresResult {
        do throws(PostgresError) {
            return try await query(statement, parameters)
        } catch {
            throw StoredViewError(error)
        }
    }

    nonisolated func isTrue(
        _ statement: PostgresStatement, _ parameters: PostgresParameters
    ) async throws(StoredViewError) -> Bool {
        let result = try await run(statement, parameters)
        do throws(PostgresError) {
            return try result.bool(0, 0)
        } catch {
            throw StoredViewError(error)
        }
    }

    nonisolated func checkpoint(_ statement: PostgresStatement) async throws(StoredViewError) -> StoredCheckpoint {
        try StoredCheckpoint(try await run(statement), row: 0)
    }
}

extension PostgresView {
    static var checkpoint: PostgresStatement {
        PostgresStatement(name: "checkpoint", sql: "SELECT epoch, position, format_version FROM \(schema).checkpoint")
    }
}

extension PostgresParameters {
    fileprivate mutating func append(_ checkpoint: StoredCheckpoint) {
        append(checkpoint.token.epoch)
        append(checkpoint.token.position)
        append(Int32(checkpoint.formatVersion))
    }
}

extension StoredCheckpoint {
    /// From the first three columns.
    init(_ rows: PostgresResult, row: Int) throws(StoredViewError) {
        do throws(PostgresError) {
            self.init(
                token: LogPosition(epoch: try rows.int64(row, 0), position: try rows.int64(row, 1)),
                formatVersion: Int(try rows.int32(row, 2)))
        } catch {
            throw StoredViewError(error)
        }
    }
}
