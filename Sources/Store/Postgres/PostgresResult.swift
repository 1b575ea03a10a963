internal import CPostgres

/// The rows a statement returned, in binary. Values are decoded on access, so the work is the reader's, not the
/// connection's thread's.
///
/// `@unchecked Sendable`: a `PGresult` is read-only once libpq has handed it out, and may then be read from any thread
/// (libpq manual, 34.21 "Behavior in Threaded Programs"); nobody else holds this one.
@safe
public final class PostgresResult: @unchecked Sendable {
    private let result: OpaquePointer
    private let columnTypes: [UInt32]
    public let rowCount: Int
    /// What the server warned of while it ran the statement.
    public let warnings: [String]

    /// Takes over `result`.
    init(_ result: OpaquePointer, warnings: [String]) {
        unsafe self.result = unsafe result
        self.warnings = warnings
        rowCount = Int(unsafe PQntuples(result))
        columnTypes = unsafe (0..<PQnfields(result)).map { unsafe PQfformat(result, $0) == 1 ? PQftype(result, $0) : 0 }
    }

    deinit { unsafe PQclear(result) }

    public func isNull(_ row: Int, _ column: Int) -> Bool { unsafe PQgetisnull(result, Int32(row), Int32(column)) == 1 }

    public func int16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16 { try value(row, column) }
    public func int32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32 { try value(row, column) }
    public func int64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 { try value(row, column) }
    public func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool { try value(row, column) }
    public func text(_ row: Int, _ column: Int) throws(PostgresError) -> String { try value(row, column) }
    public func bytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] { try value(row, column) }
    public func uuid(_ row: Int, _ column: Int) throws(PostgresError) -> PostgresUUID { try value(row, column) }
    public func timestamp(_ row: Int, _ column: Int) throws(PostgresError) -> PostgresTimestamp {
        try value(row, column)
    }

    /// A one-dimensional array without NULLs.
    public func array<V: PostgresValue>(_ row: Int, _ column: Int, of type: V.Type) throws(PostgresError) -> [V] {
        let field = unsafe try field(row, column, type: type.postgresType.arrayOID)
        guard let elements = unsafe Self.elements(field, of: type) else {
            throw unreadable(row, column, "is not a plain array of \(type)")
        }
        return elements
    }

    private func value<V: PostgresValue>(_ row: Int, _ column: Int) throws(PostgresError) -> V {
        let field = unsafe try field(row, column, type: V.postgresType.oid)
        guard let value = unsafe V.decode(field) else { throw unreadable(row, column, "has \(field.count) bytes") }
        return value
    }

    private func field(_ row: Int, _ column: Int, type: UInt32) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard row >= 0, row < rowCount, columnTypes.indices.contains(column) else {
            throw unreadable(row, column, "does not exist")
        }
        guard columnTypes[column] == type else {
            throw unreadable(row, column, "has type \(columnTypes[column]), expected \(type)")
        }
        guard !isNull(row, column) else { throw unreadable(row, column, "is NULL") }
        return unsafe UnsafeRawBufferPointer(
            start: PQgetvalue(result, Int32(row), Int32(column)),
            count: Int(PQgetlength(result, Int32(row), Int32(column))))
    }

    private static func elements<V: PostgresValue>(_ field: UnsafeRawBufferPointer, of type: V.Type) -> [V]? {
        var offset = 0
        func take(_ count: Int) -> UnsafeRawBufferPointer? {
            guard count >= 0, count <= field.count - offset else { return nil }
            defer { offset += count }
            return unsafe UnsafeRawBufferPointer(rebasing: field[offset..<offset + count])
        }
        func word() -> Int? { unsafe take(4).flatMap { unsafe Int32.decode($0) }.map(Int.init) }
        guard let dimensions = word(), let hasNulls = word(), hasNulls == 0, word() != nil else { return nil }
        guard dimensions == 1 else { return dimensions == 0 ? [] : nil }
        guard let count = word(), word() != nil else { return nil }
        var elements: [V] = []
        for _ in 0..<count {
            guard let length = word(), let bytes = unsafe take(length), let element = unsafe V.decode(bytes) else {
                return nil
            }
            elements.append(element)
        }
        return elements
    }

    private func unreadable(_ row: Int, _ column: Int, _ reason: String) -> PostgresError {
        PostgresError(.unreadable, .unknown, "column \(column) of row \(row) \(reason)")
    }
}
