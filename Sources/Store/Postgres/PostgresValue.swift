/// A type's number in PostgreSQL's catalogue (`pg_type.oid`), and that of its array.
public struct PostgresType: Hashable, Sendable {
    public let oid: UInt32
    public let arrayOID: UInt32

    public static let bool = PostgresType(oid: 16, arrayOID: 1000)
    public static let bytea = PostgresType(oid: 17, arrayOID: 1001)
    public static let int8 = PostgresType(oid: 20, arrayOID: 1016)
    public static let int2 = PostgresType(oid: 21, arrayOID: 1005)
    public static let int4 = PostgresType(oid: 23, arrayOID: 1007)
    public static let float8 = PostgresType(oid: 701, arrayOID: 1022)
    public static let text = PostgresType(oid: 25, arrayOID: 1009)
    public static let timestamptz = PostgresType(oid: 1184, arrayOID: 1185)
    public static let uuid = PostgresType(oid: 2950, arrayOID: 2951)
}

/// A Swift value with PostgreSQL's binary representation (the `…send` and `…recv` functions of its types).
public protocol PostgresValue: Sendable {
    static var postgresType: PostgresType { get }
    func encode(to bytes: inout [UInt8])
    /// Nil when `bytes` have the wrong length.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> Self?
}

extension PostgresValue where Self: FixedWidthInteger {
    public func encode(to bytes: inout [UInt8]) {
        unsafe withUnsafeBytes(of: bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Self? {
        guard bytes.count == MemoryLayout<Self>.size else { return nil }
        return unsafe Self(bigEndian: bytes.loadUnaligned(as: Self.self))
    }
}

extension Int16: PostgresValue { public static var postgresType: PostgresType { .int2 } }
extension Int32: PostgresValue { public static var postgresType: PostgresType { .int4 } }
extension Int64: PostgresValue { public static var postgresType: PostgresType { .int8 } }

extension Bool: PostgresValue {
    public static var postgresType: PostgresType { .bool }
    public func encode(to bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        unsafe bytes.count == 1 ? bytes[0] != 0 : nil
    }
}

extension String: PostgresValue {
    public static var postgresType: PostgresType { .text }
    public func encode(to bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
        unsafe String(decoding: bytes, as: UTF8.self)
    }
}

extension Double: PostgresValue {
    public static var postgresType: PostgresType { .float8 }
    public func encode(to bytes: inout [UInt8]) { Int64(bitPattern: bitPattern).encode(to: &bytes) }
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> Double? {
        unsafe Int64.decode(bytes).map { Double(bitPattern: UInt64(bitPattern: $0)) }
    }
}

/// Bytes are a `bytea`.
extension [UInt8]: PostgresValue {
    public static var postgresType: PostgresType { .bytea }
    public func encode(to bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
    public static func decode(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? { unsafe [UInt8](bytes) }
}

public struct PostgresUUID: PostgresValue, Hashable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public static var postgresType: PostgresType { .uuid }

    public func encode(to bytes: inout [UInt8]) {
        Int64(bitPattern: high).encode(to: &bytes)
        Int64(bitPattern: low).encode(to: &bytes)
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) -> PostgresUUID? {
        guard bytes.count == 16 else { return nil }
        return unsafe PostgresUUID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

/// A `timestamptz`. The ends of the range, and values beyond PostgreSQL's (4713 BC to AD 294276), are its infinities.
public struct PostgresTimestamp: PostgresValue, Hashable {
    public var microsecondsSince1970: Int64

    public init(microsecondsSince1970: Int64) { self.microsecondsSince1970 = microsecondsSince1970 }

    public static var postgresType: PostgresType { .timestamptz }

    /// The wire counts from 2000-01-01.
    private static let epochOffset: Int64 = 946_684_800_000_000
    /// `MIN_TIMESTAMP` and `END_TIMESTAMP` of PostgreSQL's `datatype/timestamp.h`.
    private static let wireRange: Range<Int64> = -211_813_488_000_000_000..<9_223_371_331_200_000_000

    public func encode(to bytes: inout [UInt8]) {
        let (wire, overflow) = microsecondsSince1970.subtractingReportingOverflow(Self.epochOffset)
        let isFinite = !overflow && microsecondsSince1970 != .max && Self.wireRange.contains(wire)
        (isFinite ? wire : microsecondsSince1970 < 0 ? .min : .max).encode(to: &bytes)
    }

    public static func decode(_ bytes: UnsafeRawBufferPointer) -> PostgresTimestamp? {
        guard let wire = unsafe Int64.decode(bytes) else { return nil }
        let (value, overflow) = wire.addingReportingOverflow(wire == .min ? 0 : epochOffset)
        return PostgresTimestamp(microsecondsSince1970: overflow ? .max : value)
    }
}
