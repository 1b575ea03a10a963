public import EventLog
public import Following
public import Logging
public import Postgres
internal import Projection
internal import Synchronization

/// Reads a stored view. What one read returns, and the place in the log it is of, are of one snapshot.
public final class PostgresViewReader<View: PostgresView>: Sendable {
    /// Every row has the place; where there is nothing else to return it stands alone.
    public struct Rows: Sendable {
        public var result: PostgresResult
        public var indices: Range<Int>
        public var place: LogPosition
        /// The checkpoint that the rows are of: `place`, or before a stretch that does not concern them.
        public var checkpoint: LogPosition
    }

    /// How far the view is, and waiting for it.
    public let position: StoredPosition
    private let clients: [PostgresClient]
    private let turn = Atomic(0)

    /// The columns that ``page(_:columns:_:order:)`` puts before its own.
    public static var firstColumn: Int { 3 }

    /// - Parameters:
    ///   - conninfo: a libpq connection string; the role needs what `holdfast_reader` has.
    ///   - connections: reads at once; each has a connection of its own.
    public init(conninfo: String, connections: Int = 4, statementTimeout: Duration = .seconds(5), logger: Logger) {
        let clients = (0..<connections).map { _ in
            PostgresClient(
                view: "holdfast-\(View.Fold.name)-read", conninfo, statementTimeout, setup: View.readSetup, logger)
        }
        self.clients = clients
        // The last one has the least to do: reads take turns, and begin with the first.
        position = StoredPosition(name: View.Fold.name) { [watcher = clients[connections - 1]] in
            try await watcher.checkpoint(View.checkpoint).token
        }
    }

    /// Closes its connections; the next read opens them again.
    public func disconnect() async { for client in clients { await client.disconnect() } }

    public func read(
        _ statement: PostgresStatement, _ parameters: PostgresParameters
    ) async throws(StoredViewError) -> Rows {
        let client = clients[(turn.wrappingAdd(1, ordering: .relaxed).oldValue & Int.max) % clients.count]
        let result = try await client.run(statement, parameters)
        let checkpoint = try StoredCheckpoint(result, row: 0)
        position.moved(to: checkpoint.token)
        guard checkpoint.formatVersion == View.Fold.formatVersion || checkpoint.formatVersion == 0 else {
            throw StoredViewError(.otherFormat, "what is stored is of format \(checkpoint.formatVersion)")
        }
        let isEmpty = result.isNull(0, Self.firstColumn)
        return Rows(
            result: result, indices: 0..<(isEmpty ? 0 : result.rowCount), place: position.reach(of: checkpoint.token),
            checkpoint: checkpoint.token)
    }

    /// One statement is one snapshot: the checkpoint, and what `select` finds.
    public static func page(
        _ name: String, columns: String, _ select: String, order: String? = nil
    ) -> PostgresStatement {
        PostgresStatement(
            name: name,
            sql: """
                SELECT epoch, position, format_version, \(columns)
                FROM \(View.schema).checkpoint LEFT JOIN LATERAL (\(select)) AS page ON true
                \(order.map { "ORDER BY \($0)" } ?? "")
                """)
    }
}
