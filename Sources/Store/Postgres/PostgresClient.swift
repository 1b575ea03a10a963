public import Logging
internal import Foundation
internal import Metrics
internal import Synchronization
internal import Threads

/// One connection to PostgreSQL, on a thread of its own. Requests run one after the other, each to its end.
///
/// Connects on the first request and again on the first after a failure, waiting a little between attempts that fail.
/// So no session state outlives a request but what ``Configuration/sessionSetup`` makes, and a transaction that spans
/// requests is broken by a lost connection: its next statement would run outside of it.
public actor PostgresClient {
    public struct Configuration: Sendable {
        /// A libpq connection string (https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING). Has
        /// the last word over ``applicationName`` and the keepalive settings.
        public var conninfo: String
        public var applicationName: String
        /// How long a request may wait for its turn and a connection, and then again how long the server may work on
        /// it: it is the session's `statement_timeout` too.
        public var statementTimeout: Duration
        /// How much longer than the server's own timeout to wait for the answer, so that a statement that takes too
        /// long ends with the server's word, which is definite, not with our impatience, which is not.
        public var answerGrace: Duration = .seconds(1)
        /// Requests that may wait for their turn; one more is refused. A caller with more should batch.
        public var requestsWaitingMax: Int = 1024
        /// Statements that run on each new connection before it is used.
        public var sessionSetup: [String]

        public init(
            conninfo: String, applicationName: String, statementTimeout: Duration = .seconds(5),
            sessionSetup: [String] = []
        ) {
            self.conninfo = conninfo
            self.applicationName = applicationName
            self.statementTimeout = statementTimeout
            self.sessionSetup = sessionSetup
        }
    }

    /// Pauses after failed attempts to connect: doubling from the first to the last.
    private static let pauseMin: Duration = .milliseconds(50)
    private static let pauseMax: Duration = .seconds(1)

    private nonisolated let configuration: Configuration
    private nonisolated let logger: Logger
    private nonisolated let executor: ThreadExecutor
    private nonisolated let requestsWaiting = Mutex(0)
    private nonisolated let instruments: PostgresInstruments
    private var connection: Connection? { didSet { instruments.setOpen(connection != nil) } }
    private var pause: Duration?
    private var nextAttempt = ContinuousClock.now

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    public init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        instruments = PostgresInstruments(applicationName: configuration.applicationName)
        executor = ThreadExecutor(threadName: configuration.applicationName)
    }

    deinit { executor.shutDown() }

    /// Runs `statement` in a transaction of its own.
    public nonisolated func query(
        _ statement: PostgresStatement, _ parameters: PostgresParameters = PostgresParameters()
    ) async throws(PostgresError) -> PostgresResult {
        try await request { connection, timeout throws(PostgresError) in
            try connection.run(statement, parameters, within: timeout)
        }
    }

    /// Runs one or more statements without parameters, as one transaction unless they say otherwise.
    public nonisolated func script(_ sql: String) async throws(PostgresError) {
        try await request { connection, timeout throws(PostgresError) in
            _ = try connection.runScript(sql, within: timeout)
        }
    }

    /// Hangs up. A later request connects again.
    public func disconnect() { connection = nil }

    private typealias Exchange<R> = @Sendable (Connection, Duration) throws(PostgresError) -> R

    private nonisolated func request<R: Sendable>(_ exchange: Exchange<R>) async throws(PostgresError) -> R {
        let isAdmitted = requestsWaiting.withLock { count in
            guard count < configuration.requestsWaitingMax else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            let error = PostgresError(
                .busy, .neverSent, "\(configuration.requestsWaitingMax) requests are waiting already")
            instruments.failed(error)
            throw error
        }
        instruments.waiting.increment()
        defer {
            instruments.waiting.decrement()
            requestsWaiting.withLock { $0 -= 1 }
        }
        do throws(PostgresError) {
            return try await perform(exchange, startingBy: Deadline(in: configuration.statementTimeout))
        } catch {
            instruments.failed(error)
            throw error
        }
    }

    /// One request, from first to last on this actor's thread, without suspending.
    private func perform<R>(_ exchange: Exchange<R>, startingBy start: Deadline) throws(PostgresError) -> R {
        if Task.isCancelled { throw PostgresError(.cancelled, .neverSent, "the task was cancelled") }
        if start.isOver { throw PostgresError(.timedOut, .neverSent, "its turn did not come within the deadline") }
        let connection = try connected(by: start)
        let began = ContinuousClock.now
        defer { instruments.queryTime.record(duration: began.duration(to: .now)) }
        do {
            return try exchange(connection, configuration.statementTimeout + configuration.answerGrace)
        } catch {
            if !connection.isUsable {
                self.connection = nil
                logger.warning("connection to PostgreSQL dropped", metadata: ["reason": "\(error)"])
            }
            throw error
        }
    }

    private func connected(by deadline: Deadline) throws(PostgresError) -> Connection {
        if let connection {
            if connection.isAlive() { return connection }
            self.connection = nil
            logger.warning("PostgreSQL closed an idle connection")
        }
        waitForNextAttempt(atMostUntil: deadline)
        do {
            let connection = try Connection.open(configuration, by: deadline)
            if pause != nil { logger.info("connected to PostgreSQL again") }
            pause = nil
            self.connection = connection
            return connection
        } catch {
            if pause == nil { logger.warning("no connection to PostgreSQL", metadata: ["reason": "\(error)"]) }
            pause = pause.map { min($0 * 2, Self.pauseMax) } ?? Self.pauseMin
            nextAttempt = .now + (pause ?? Self.pauseMin)
            throw error
        }
    }

    /// The pause is taken here, on this thread, so that a caller who asks again at once doesn't spin.
    private func waitForNextAttempt(atMostUntil deadline: Deadline) {
        let left = min(nextAttempt, deadline.instant) - .now
        if left > .zero { Thread.sleep(forTimeInterval: left / .seconds(1)) }
    }
}
