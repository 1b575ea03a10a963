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
    /// What the server warned of while it ran the statement. Whole when the exchange is over, and then never changed.
    public internal(set) var warnings: [String] = []

    /// Takes over `result`.
    init(_ result: OpaquePointer) {
        unsafe self.result = unsafe result
        rowCount = Int(unsafe PQntuples(result))
        columnTypes = unsafe (0..<PQnfields(result)).map { unsafe PQfformat(result, $0) == 1 ? PQftype(result, $0) : 0 }
    }

    deinit { unsafe PQclear(result) }

    public func isNull(_ row: Int, _ column: Int) -> Bool { unsafe PQgetisnull(result, Int32(row), Int32(column)) == 1 }

    public func int16(_ row: Int, _ column: Int) throws(PostgresError) -> Int16 { try value(row, column) }
    public func int32(_ row: Int, _ column: Int) throws(PostgresError) -> Int32 { try value(row, column) }
    public func int64(_ row: Int, _ column: Int) throws(PostgresError) -> Int64 { try value(row, column) }
    public func bool(_ row: Int, _ column: Int) throws(PostgresError) -> Bool { try value(row, column) }
    public func double(_ row: Int, _ column: Int) throws(PostgresError) -> Double { try value(row, column) }
    public func text(_ row: Int, _ column: Int) throws(PostgresError) -> String { try value(row, column) }
    public func bytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8] { try value(row, column) }
    public func uuid(_ row: Int, _ column: Int) throws(PostgresError) -> PostgresUUID { try value(row, column) }
    public func timestamp(_ row: Int, _ column: Int) throws(PostgresError) -> PostgresTimestamp {
        try value(row, column)
    }

    /// A one-dimensional array without NULLs.
    public func array<V: PostgresValue>(_ row: Int, _ column: Int, of type: V.Type) throws(PostgresError) -> [V] {
        var elements = try elements(row, column, of: type)
        var values: [V] = []
        values.reserveCapacity(elements.count)
        while !elements.isAtEnd { values.append(try elements.next()) }
        return values
    }

    /// The elements of a one-dimensional array without NULLs, one after the other.
    public func elements<V: PostgresValue>(
        _ row: Int, _ column: Int, of type: V.Type
    ) throws(PostgresError) -> PostgresElements<V> {
        let field = unsafe try field(row, column, type: type.postgresType.arrayOID)
        guard let elements = unsafe PostgresElements<V>(field, of: self, row: row, column: column) else {
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

    fileprivate func unreadable(_ row: Int, _ column: Int, _ reason: String) -> PostgresError {
        PostgresError(.unreadable, .unknown, "column \(column) of row \(row) \(reason)")
    }
}

/// Walks the elements of an array in a result. Elements are decoded as they are asked for, and the bytes are the result's,
/// so one that is skipped costs next to nothing.
@safe
public struct PostgresElements<V: PostgresValue> {
    private let result: PostgresResult
    private let row: Int
    private let column: Int
    /// Of `result`, which lives as long as this.
    private let field: UnsafeRawBufferPointer
    private var offset: Int
    private var taken = 0
    /// How many elements the array has.
    public let count: Int

    /// Nil unless `field` is the binary form of a one-dimensional array without NULLs (`array_send`): dimensions, has-nulls
    /// flag, element type; then per dimension its length and lower bound; then each element behind its length.
    fileprivate init?(_ field: UnsafeRawBufferPointer, of result: PostgresResult, row: Int, column: Int) {
        func word(_ index: Int) -> Int? {
            guard field.count >= 4 * (index + 1) else { return nil }
            return unsafe Int(Int32(bigEndian: field.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)))
        }
        guard let dimensions = word(0), word(1) == 0, word(2) != nil, dimensions <= 1 else { return nil }
        let count = dimensions == 0 ? 0 : word(3)
        guard let count, count >= 0, dimensions == 0 || word(4) != nil else { return nil }
        self.result = result
        self.row = row
        self.column = column
        unsafe self.field = unsafe field
        self.count = count
        offset = dimensions == 0 ? 12 : 20
    }

    public var isAtEnd: Bool { taken == count }

    /// Goes past the next element.
    public mutating func skip() throws(PostgresError) { _ = unsafe try advance() }

    /// The next element.
    public mutating func next() throws(PostgresError) -> V {
        guard let value = unsafe V.decode(try advance()) else {
            throw result.unreadable(row, column, "has an element of another type than \(V.self)")
        }
        return value
    }

    private mutating func advance() throws(PostgresError) -> UnsafeRawBufferPointer {
        guard taken < count, unsafe field.count - offset >= 4 else { throw broken }
        let length = unsafe Int(Int32(bigEndian: field.loadUnaligned(fromByteOffset: offset, as: Int32.self)))
        guard length >= 0, unsafe length <= field.count - offset - 4 else { throw broken }
        offset += 4 + length
        taken += 1
        return unsafe UnsafeRawBufferPointer(rebasing: field[offset - length..<offset])
    }

    private var broken: PostgresError { result.unreadable(row, column, "ends too early") }
}
