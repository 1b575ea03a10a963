public import Postgres
public import Projection

/// A stored view's rows in PostgreSQL: everything about it that is not its fold.
///
/// Its SQL schema has, beside its own tables:
/// * `checkpoint`, of one row: `epoch bigint, position bigint, format_version integer`, at first all 0;
/// * `apply(epoch, position, format_version, new_epoch, new_position, …) RETURNS boolean`, which moves the view where the
///   checkpoint is as expected and not locked, with what ``append(_:to:)`` appends;
/// * `clear(epoch, position, format_version, new_epoch, new_format_version) RETURNS boolean`, which empties it likewise.
public protocol PostgresView: Sendable {
    associatedtype Fold: StoredFold

    static var schema: String { get }

    /// Statements that run on each new connection of a reader. By default those of a session that reads by key.
    static var readSetup: [String] { get }

    /// Finds the rows under these keys; ``row(of:_:)`` reads what it returns.
    static func load(_ keys: Set<Fold.Key>) -> (PostgresStatement, PostgresParameters)

    static func row(of result: PostgresResult, _ row: Int) throws(StoredViewError) -> (key: Fold.Key, row: Fold.Row)

    /// Appends what the fold changed, as `apply` takes it.
    static func append(_ fold: Fold, to parameters: inout PostgresParameters)

    /// All that is stored, in a fixed order.
    static func storedRows(_ query: AuditQuery) async throws(StoredViewError) -> [AuditedRow]

    /// What would be stored of a fold of the whole log, in the same order.
    static func rows(of fold: Fold) -> [AuditedRow]

    typealias AuditQuery = (PostgresStatement) async throws(StoredViewError) -> PostgresResult
}

extension PostgresView {
    public static var readSetup: [String] { PostgresClient.viewSetup }
}

/// A row as an audit compares it.
public struct AuditedRow: Equatable, Sendable {
    /// For people.
    public var text: String
    /// What the digest of the view is of; empty for a row that follows from others.
    public var digested: [UInt8]

    public init(text: String, digested: [UInt8] = []) {
        self.text = text
        self.digested = digested
    }
}
