internal import Dispatch
public import Logging
internal import Metrics
internal import Synchronization
internal import Threads

/// One connection to PostgreSQL for the thread that makes the session, which blocks that thread: a statement is sent, and
/// its answer is waited for later, while the thread does something else in between.
///
/// Connects on the first statement and again on the first after a failure.
public final class PostgresSession {
    /// How long a statement waits for a new connection, which goes on being made without it.
    private static let connectPatience: Duration = .milliseconds(100)
    /// How long the server may take over the preparation of a statement, and the network to take the statement.
    private static let sendTimeout: Duration = .seconds(2)

    private let configuration: PostgresClient.Configuration
    private let logger: Logger
    private let instruments: PostgresInstruments
    private var connection: Connection? { didSet { instruments.setOpen(connection != nil) } }
    /// The connection that is being made.
    private var attempt: Attempt?
    /// Of the statement that is under way.
    private var deadline: Deadline?
    private var sentAt = ContinuousClock.now

    /// - Parameter configuration: `statementTimeout` with `answerGrace` is what a statement may take.
    public init(_ configuration: PostgresClient.Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        instruments = PostgresInstruments(applicationName: configuration.applicationName)
    }

    /// Sends a statement, to run in a transaction of its own. The one before it must have been answered. Throws where there
    /// is no connection yet; one is then being made.
    public func send(_ statement: PostgresStatement, _ parameters: PostgresParameters) throws(PostgresError) {
        precondition(deadline == nil, "one statement is under way at a time")
        let connection = try connected()
        try keeping(connection) { () throws(PostgresError) in
            try connection.send(statement, parameters, until: Deadline(in: Self.sendTimeout))
        }
        sentAt = .now
        deadline = Deadline(in: configuration.statementTimeout + configuration.answerGrace)
    }

    /// The answer to the statement that was sent; nil: it is not there yet, and may come later.
    public func answer(within timeout: Duration) throws(PostgresError) -> PostgresResult? {
        guard let deadline, let connection else { preconditionFailure("a statement is under way") }
        let patience = Deadline(min(deadline.instant, .now + timeout))
        self.deadline = nil
        let answer = try keeping(connection) { () throws(PostgresError) -> PostgresResult? in
            guard try connection.isAnswered(until: patience) || deadline.isOver else { return nil }
            return try connection.answer(until: deadline)
        }
        if answer == nil {
            self.deadline = deadline
        } else {
            instruments.queryTime.record(duration: sentAt.duration(to: .now))
        }
        return answer
    }

    /// Connects, unless the session is connected. Throws where that takes time, and then goes on by itself.
    public func connect() throws(PostgresError) { _ = try connected() }

    private func connected() throws(PostgresError) -> Connection {
        if let connection {
            if connection.isAlive() { return connection }
            self.connection = nil
            logger.warning("PostgreSQL closed an idle connection")
        }
        let attempt = attempt ?? Attempt(configuration)
        self.attempt = attempt
        guard let outcome = attempt.outcome(within: Self.connectPatience) else {
            throw PostgresError(.unreachable, .neverSent, "the connection is still being made")
        }
        self.attempt = nil
        let connection: Connection
        do throws(PostgresError) {
            connection = try outcome.result.get()
        } catch {
            instruments.failed(error)
            throw error
        }
        self.connection = connection
        return connection
    }

    /// Makes a connection on a thread of its own: names may take as long to resolve as they like (libpq blocks), and the
    /// session's thread has others to serve.
    private final class Attempt: Sendable {
        /// `@unchecked Sendable`: it goes from the thread that made it to the one that asks, and nobody keeps it.
        struct Outcome: @unchecked Sendable {
            var result: Result<Connection, PostgresError>
        }

        private let made = Mutex<Outcome?>(nil)
        private let isOver = DispatchSemaphore(value: 0)

        init(_ configuration: PostgresClient.Configuration) {
            _ = DedicatedThread<Never>(named: "connect") { [self] in
                do throws(PostgresError) {
                    let deadline = Deadline(in: configuration.statementTimeout)
                    finish(Outcome(result: .success(try Connection.open(configuration, by: deadline))))
                } catch {
                    finish(Outcome(result: .failure(error)))
                }
            }
        }

        private func finish(_ outcome: Outcome) {
            made.withLock { $0 = outcome }
            isOver.signal()
        }

        /// The connection, once; nil: it is not made yet.
        func outcome(within timeout: Duration) -> Outcome? {
            _ = isOver.wait(timeout: .now() + timeout / .seconds(1))
            return made.withLock { made in
                defer { made = nil }
                return made
            }
        }
    }

    /// Drops a connection that can't go on.
    private func keeping<R>(
        _ connection: Connection, _ step: () throws(PostgresError) -> R
    ) throws(PostgresError) -> R {
        do throws(PostgresError) {
            return try step()
        } catch {
            instruments.failed(error)
            if !connection.isUsable {
                self.connection = nil
                logger.warning("connection to PostgreSQL dropped", metadata: ["reason": "\(error)"])
            }
            throw error
        }
    }
}
