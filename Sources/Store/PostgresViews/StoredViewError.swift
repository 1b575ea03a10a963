internal import Contract
public import Postgres

/// A stored view can't be read or moved right now, or at all.
public struct StoredViewError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        /// The database can't be reached, or did not answer in time; it may come back.
        public static let unavailable = Code(description: "unavailable")
        /// What is stored is of another version of the program, and will be built anew.
        public static let otherFormat = Code(description: "other-format")
        /// A bug, wrong privileges, or a schema of another version.
        public static let refused = Code(description: "refused")
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public init(_ error: PostgresError) {
        // Out of resources, the system's faults, a server that is a standby, a timeout, and an operator's cancel.
        let passing = ["25006", "57014", "55P03"]
        let state = error.sqlState ?? ""
        let isRefusal = [.refused, .unreadable].contains(error.code)
        let isPassing = passing.contains(state) || state.hasPrefix("53") || state.hasPrefix("58")
        code = isRefusal && !isPassing ? .refused : .unavailable
        message = error.description
    }

    init(_ error: UnreadableOrder) { self.init(.refused, error.description) }

    public var description: String { "\(code): \(message)" }
}
