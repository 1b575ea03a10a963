/// A request to PostgreSQL failed. What the caller may conclude is in ``fate``.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        /// No connection could be made.
        public static let unreachable = Code(description: "unreachable")
        /// The connection broke.
        public static let connectionLost = Code(description: "connection-lost")
        /// No answer, or no turn, within the deadline.
        public static let timedOut = Code(description: "timed-out")
        /// As many requests as may wait were waiting already.
        public static let busy = Code(description: "busy")
        /// The calling task was cancelled before its turn.
        public static let cancelled = Code(description: "cancelled")
        /// The server answered with an error.
        public static let refused = Code(description: "refused")
        /// The server's answer is not what the caller, or the protocol, expects.
        public static let unreadable = Code(description: "unreadable")
    }

    /// What became of the request.
    public enum Fate: Sendable {
        /// The server never got it.
        case neverSent
        /// The server got it and undid it.
        case undone
        /// The server may have got it, and may have done it or do it yet.
        case unknown
    }

    public var code: Code
    public var fate: Fate
    public var message: String
    /// The server's five-character error code, where it gave one.
    public var sqlState: String?
    /// The server's DETAIL, where it gave one.
    public var detail: String?

    public init(_ code: Code, _ fate: Fate, _ message: String, sqlState: String? = nil, detail: String? = nil) {
        self.code = code
        self.fate = fate
        self.message = message
        self.sqlState = sqlState
        self.detail = detail
    }

    public var description: String { "\(code) (\(fate)): \(message)\(sqlState.map { " (SQLSTATE \($0))" } ?? "")" }
}
