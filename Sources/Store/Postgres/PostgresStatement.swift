/// A statement as a program constant: prepared once per connection under its name.
public struct PostgresStatement: Sendable {
    /// Unique among the statements of a client; empty: not prepared, for statements that run once.
    public let name: String
    public let sql: String

    public init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    public init(once sql: String) { self.init(name: "", sql: sql) }
}

/// The values of a statement's parameters, `$1` first, encoded one after the other in one buffer.
///
/// Their types are what the first use of a prepared statement gave: use the same ones each time.
public struct PostgresParameters: Sendable {
    struct Field {
        var type: UInt32
        /// Where in ``bytes``; nil is NULL.
        var range: Range<Int>?
    }

    private(set) var fields: [Field] = []
    private(set) var bytes: [UInt8] = []

    /// How many values there are.
    public var count: Int { fields.count }

    public init() {}

    public init(_ values: any PostgresValue...) {
        for value in values { append(value) }
    }

    /// Makes room for values of so many bytes together.
    public mutating func reserve(byteCount: Int) { bytes.reserveCapacity(byteCount) }

    public mutating func append<V: PostgresValue>(_ value: V) {
        let start = bytes.count
        value.encode(to: &bytes)
        fields.append(Field(type: V.postgresType.oid, range: start..<bytes.count))
    }

    public mutating func appendNull(_ type: PostgresType) { fields.append(Field(type: type.oid, range: nil)) }

    /// A one-dimensional array without NULLs.
    public mutating func append<V: PostgresValue>(array: some Sequence<V>) {
        append(array: V.postgresType) { writer in for element in array { writer.append(encoding: element) } }
    }

    /// A one-dimensional array without NULLs, whose elements `write` appends in order. Faster than a sequence of them:
    /// nothing here is generic.
    public mutating func append(array type: PostgresType, _ write: (inout PostgresArrayWriter) -> Void) {
        let start = bytes.count
        // Swapped, not copied: the buffer must never have two owners.
        var writer = PostgresArrayWriter()
        swap(&bytes, &writer.bytes)
        // Header (array_recv): dimensions, has-nulls flag, element type; then per dimension its length and lower bound.
        for word in [1, 0, Int32(bitPattern: type.oid), 0, 1] { word.encode(to: &writer.bytes) }
        write(&writer)
        swap(&bytes, &writer.bytes)
        if writer.count == 0 {
            // An empty array has no dimension.
            bytes.removeSubrange(start...)
            for word in [0, 0, Int32(bitPattern: type.oid)] { word.encode(to: &bytes) }
        } else {
            bytes.overwrite(at: start + 12, with: writer.count)
        }
        fields.append(Field(type: type.arrayOID, range: start..<bytes.count))
    }
}

extension [UInt8] {
    fileprivate mutating func overwrite(at offset: Int, with word: Int32) {
        let word = UInt32(bitPattern: word)
        for index in 0..<4 { self[offset + index] = UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32(index))) }
    }
}

/// Writes the elements of an array, each behind its length. They must all be of the array's type.
public struct PostgresArrayWriter: Sendable {
    fileprivate var bytes: [UInt8] = []
    fileprivate var count: Int32 = 0

    public mutating func append(_ number: Int16) {
        begin(length: 2)
        number.encode(to: &bytes)
    }

    public mutating func append(_ number: Int32) {
        begin(length: 4)
        number.encode(to: &bytes)
    }

    public mutating func append(_ number: Int64) {
        begin(length: 8)
        number.encode(to: &bytes)
    }

    public mutating func append(_ uuid: PostgresUUID) {
        begin(length: 16)
        uuid.encode(to: &bytes)
    }

    public mutating func append(_ text: String) {
        begin(length: text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    public mutating func append(_ value: [UInt8]) {
        begin(length: value.count)
        bytes.append(contentsOf: value)
    }

    /// A value whose length is known when it is written.
    fileprivate mutating func append(encoding value: some PostgresValue) {
        begin(length: 0)
        let start = bytes.count
        value.encode(to: &bytes)
        bytes.overwrite(at: start - 4, with: Int32(bytes.count - start))
    }

    private mutating func begin(length: Int) {
        Int32(length).encode(to: &bytes)
        count += 1
    }
}
