public import Logging

/// One connection to PostgreSQL for the thread that makes the session, which blocks that thread: a statement is sent, and
/// its answer is waited for later, while the thread does something else in between.
///
/// Connects on the first statement and again on the first after a failure.
public final class PostgresSession {
    /// How long an attempt to connect may take, the session's setup included.
    public static let connectTimeout: Duration = .seconds(2)

    private let configuration: PostgresClient.Configuration
    private let logger: Logger
    private var connection: Connection?
    /// Of the statement that is under way.
    private var deadline: Deadline?

    /// - Parameter configuration: `statementTimeout` with `answerGrace` is what a statement may take.
    public init(_ configuration: PostgresClient.Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Sends a statement, to run in a transaction of its own. The one before it must have been answered.
    public func send(_ statement: PostgresStatement, _ parameters: PostgresParameters) throws(PostgresError) {
        precondition(deadline == nil, "one statement is under way at a time")
        let connection = try connected()
        let deadline = Deadline(in: configuration.statementTimeout + configuration.answerGrace)
        try keeping(connection) { () throws(PostgresError) in
            try connection.send(statement, parameters, until: deadline)
        }
        self.deadline = deadline
    }

    /// The answer to the statement that was sent; nil: it is not there yet, and may come later.
    public func answer(within timeout: Duration) throws(PostgresError) -> PostgresResult? {
        guard let deadline, let connection else { preconditionFailure("a statement is under way") }
        let patience = Deadline(min(deadline.instant, .now + timeout))
        guard connection.isAnswered(until: patience) || deadline.isOver else { return nil }
        self.deadline = nil
        return try keeping(connection) { () throws(PostgresError) in try connection.answer(until: deadline) }
    }

    /// Connects, unless the session is connected.
    public func connect() throws(PostgresError) { _ = try connected() }

    private func connected() throws(PostgresError) -> Connection {
        if let connection {
            if connection.isAlive() { return connection }
            self.connection = nil
            logger.warning("PostgreSQL closed an idle connection")
        }
        let connection = try Connection.open(configuration, by: Deadline(in: Self.connectTimeout))
        self.connection = connection
        return connection
    }

    /// Drops a connection that can't go on.
    private func keeping<R>(
        _ connection: Connection, _ step: () throws(PostgresError) -> R
    ) throws(PostgresError) -> R {
        do throws(PostgresError) {
            return try step()
        } catch {
            if !connection.isUsable {
                self.connection = nil
                logger.warning("connection to PostgreSQL dropped", metadata: ["reason": "\(error)"])
            }
            throw error
        }
    }
}
