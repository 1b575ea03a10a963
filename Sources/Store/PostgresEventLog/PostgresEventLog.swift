public import Domain
public import EventLog
public import Logging
internal import Postgres

/// The log in PostgreSQL (`schema/`).
///
/// Two connections, and one more for each session that appends (``makeAppendSession()``): no read delays an append. They
/// are sessions with state, so a proxy that shares sessions between transactions can't stand between.
public final class PostgresEventLog: EventLog, EventAuditor {
    /// Most events of one read, however many are asked for: a page must fit in memory and leave others a turn.
    public static let pageLimit = 65_536

    private let writer: PostgresClient
    private let reader: PostgresClient
    private let conninfo: String
    private let statementTimeout: Duration
    private let logger: Logger

    /// - Parameters:
    ///   - conninfo: a libpq connection string; the role needs what `holdfast_appender` has, or, where nothing is
    ///     appended, what `holdfast_reader` has.
    ///   - statementTimeout: how long an operation may wait for a connection, and then again for the database.
    public init(conninfo: String, statementTimeout: Duration = .seconds(5), logger: Logger) {
        self.conninfo = conninfo
        self.statementTimeout = statementTimeout
        self.logger = logger
        writer = PostgresClient(
            PostgresClient.Configuration(writerTo: conninfo, statementTimeout: statementTimeout), logger: logger)
        reader = PostgresClient(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "holdfast-read", statementTimeout: statementTimeout,
                // Pages are read by index, whatever their estimated size: planning that again for each costs more than
                // reading a small one, and compiling the plan more than it gives.
                sessionSetup: [
                    "SET jit = off", "SET plan_cache_mode = force_generic_plan", "SET enable_seqscan = off",
                ]),
            logger: logger)
    }

    /// Closes both connections; the next use opens them again.
    public func disconnect() async {
        await writer.disconnect()
        await reader.disconnect()
    }

    // MARK: Appending

    public func append(_ batch: AppendBatch) async throws(AppendFailure) -> AppendResult {
        let result: PostgresResult
        do throws(PostgresError) {
            result = try await writer.query(.append, batch.parameters)
        } catch {
            throw AppendFailure(error)
        }
        return try AppendResult(committed: result, streamCount: batch.streams.count)
    }

    public func makeAppendSession() -> any AppendSession {
        PostgresAppendSession(
            PostgresSession(
                PostgresClient.Configuration(writerTo: conninfo, statementTimeout: statementTimeout), logger: logger))
    }

    @discardableResult
    public func barrier() async throws(LogError) -> LogPosition { try await pass(.barrier, on: writer) }

    /// A barrier that takes no lock and needs no right to append: it waits for no append that is under way, and no append
    /// waits for it.
    public var readBarrier: some LogBarrier { ReadBarrier(log: self) }

    private struct ReadBarrier: LogBarrier {
        var log: PostgresEventLog

        func barrier() async throws(LogError) -> LogPosition { try await log.pass(.readBarrier, on: log.reader) }
    }

    private func pass(_ barrier: PostgresStatement, on client: PostgresClient) async throws(LogError) -> LogPosition {
        do throws(PostgresError) {
            let result = try await client.query(barrier)
            if let warning = result.warnings.first { throw PostgresError(.connectionLost, .unknown, warning) }
            // Asked of the same server: another may be the primary no more.
            return try LogPosition(await client.query(.head))
        } catch {
            throw LogError(error)
        }
    }

    // MARK: Reading

    public func head() async throws(LogError) -> LogPosition {
        try await read(.head) { rows throws(PostgresError) in try LogPosition(rows) }
    }

    public func look(at positions: ClosedRange<Int64>) async throws(LogError) -> LogLook {
        let parameters = PostgresParameters(positions.lowerBound, positions.upperBound)
        return try await read(.look, parameters) { rows throws(PostgresError) in try LogLook(rows) }
    }

    public func lastRecordedAt() async throws(LogError) -> Timestamp {
        try await read(.lastRecordedAt) { rows throws(PostgresError) in
            Timestamp(try rows.timestamp(0, 0))
        }
    }

    public func events(after position: Int64, limit: Int) async throws(LogError) -> [RecordedEvent] {
        let limit = min(limit, Self.pageLimit)
        guard limit > 0 else { return [] }
        let position = max(0, position)
        // Sequence numbers have no gaps, so a range of them is a number of events.
        let (end, overflow) = position.addingReportingOverflow(Int64(limit))
        let last = overflow ? .max : end
        return try await read(.events, PostgresParameters(position, last)) { rows throws(PostgresError) in
            var events: [RecordedEvent] = []
            events.reserveCapacity(limit)
            for row in 0..<rows.rowCount {
                try rows.appendEvents(of: row, to: &events) { $0.position > position && $0.position <= last }
            }
            return events
        }
    }

    public func events(of stream: StreamID, after version: Int64, limit: Int) async throws(LogError) -> [RecordedEvent]
    {
        let limit = min(limit, Self.pageLimit)
        guard limit > 0, version < .max - Int64(limit) else { return [] }
        let last = max(0, version) + Int64(limit)
        var parameters = PostgresParameters(stream.rawValue)
        parameters.append(max(0, version))
        parameters.append(Int64(limit))
        return try await read(.streamEvents, parameters) { rows throws(PostgresError) in
            var events: [RecordedEvent] = []
            for row in 0..<rows.rowCount {
                try rows.appendEvents(of: row, to: &events) {
                    $0.streamVersion > version && $0.streamVersion <= last
                }
            }
            return events
        }
    }

    public func commands(_ ids: [CommandID]) async throws(LogError) -> [RecordedCommand] {
        var parameters = PostgresParameters()
        parameters.append(array: ids.map(PostgresUUID.init))
        return try await read(.commands, parameters) { rows throws(PostgresError) in
            try rows.map { rows, row throws(PostgresError) in try RecordedCommand(rows, row: row, firstColumn: 0) }
        }
    }

    public func epochs() async throws(LogError) -> EpochHistory {
        try await read(.epochs) { rows throws(PostgresError) in
            guard rows.rowCount > 0 else { throw PostgresError(.unreadable, .undone, "the log has no epoch") }
            return EpochHistory(
                epochs: try rows.map { rows, row throws(PostgresError) in
                    EpochHistory.Epoch(epoch: try rows.int64(row, 0), startsAfter: try rows.int64(row, 1))
                })
        }
    }

    // MARK: Auditing

    public func batches(after place: BatchPlace, limit: Int) async throws(LogError) -> [RecordedBatch] {
        let parameters = PostgresParameters(place.lastPosition, place.number, Int64(min(limit, Self.pageLimit)))
        return try await read(.batches, parameters) { rows throws(PostgresError) in
            try rows.map(RecordedBatch.init(_:row:))
        }
    }

    public func batch(of command: CommandID) async throws(LogError) -> (batch: RecordedBatch, previousHash: [UInt8])? {
        try await read(.batchOfCommand, PostgresParameters(PostgresUUID(command))) { rows throws(PostgresError) in
            guard rows.rowCount == 1 else { return nil }
            return (try RecordedBatch(rows, row: 0), try rows.bytes(0, 19))
        }
    }

    public func hashedHead() async throws(LogError) -> HashedHead {
        try await read(.hashedHead) { rows throws(PostgresError) in try HashedHead(rows) }
    }

    public func chainStart() async throws(LogError) -> ChainStart {
        try await read(.chainStart) { rows throws(PostgresError) in
            ChainStart(position: try rows.int64(0, 0), hash: try rows.bytes(0, 1))
        }
    }

    public func position(asOf time: Timestamp) async throws(LogError) -> Int64 {
        let parameters = PostgresParameters(PostgresTimestamp(microsecondsSince1970: time.microseconds))
        return try await read(.positionAt, parameters) { rows throws(PostgresError) in try rows.int64(0, 0) }
    }

    // MARK: -

    /// Decodes on the caller's thread, so that the next page can be under way meanwhile.
    func read<R>(
        _ statement: PostgresStatement, _ parameters: PostgresParameters = PostgresParameters(),
        decode: (PostgresResult) throws(PostgresError) -> R
    ) async throws(LogError) -> R {
        do throws(PostgresError) {
            return try decode(try await reader.query(statement, parameters))
        } catch {
            throw LogError(error)
        }
    }
}

extension PostgresClient.Configuration {
    /// For a connection that appends. On each new one the writer first makes sure that the one before it is dead: see
    /// holdfast.claim_writer.
    fileprivate init(writerTo conninfo: String, statementTimeout: Duration) {
        let number = Int64.random(in: .min ... .max)
        self.init(
            conninfo: conninfo, applicationName: "holdfast-append", statementTimeout: statementTimeout,
            sessionSetup: ["SELECT holdfast.claim_writer(\(number))"])
    }
}

extension PostgresResult {
    fileprivate func map<R>(_ decode: (PostgresResult, Int) throws(PostgresError) -> R) throws(PostgresError) -> [R] {
        var values: [R] = []
        values.reserveCapacity(rowCount)
        for row in 0..<rowCount { values.append(try decode(self, row)) }
        return values
    }
}
