/// Writes Protocol Buffers messages field by field, in the order of the fields' numbers, exactly as SwiftProtobuf's
/// deterministic serialization does; for messages that are written too often, or are too large, for a tree of
/// generated structures.
///
/// What stands for itself when it is left out is left out: zero, the empty text, the empty list.
public struct WireWriter {
    public private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes that the message will about have.
    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    public mutating func text(_ field: UInt8, _ value: String) {
        if !value.isEmpty { repeatedText(field, value) }
    }

    /// One of a repeated field.
    public mutating func repeatedText(_ field: UInt8, _ value: String) {
        var value = value
        value.withUTF8 { utf8 in
            lengthDelimited(field, utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }

    public mutating func data(_ field: UInt8, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        lengthDelimited(field, value.count)
        bytes.append(contentsOf: value)
    }

    /// A message that is written already; it is there even when it has no fields.
    public mutating func message(_ field: UInt8, _ encoded: [UInt8]) {
        lengthDelimited(field, encoded.count)
        bytes.append(contentsOf: encoded)
    }

    /// An `int64`.
    public mutating func int64(_ field: UInt8, _ value: Int64) {
        guard value != 0 else { return }
        tag(field, .varint)
        varint(UInt64(bitPattern: value))
    }

    /// An `optional bool`.
    mutating func optionalBool(_ field: UInt8, _ value: Bool?) {
        guard let value else { return }
        tag(field, .varint)
        varint(value ? 1 : 0)
    }

    /// A `uint32`; traps if `value` is none.
    public mutating func uint32(_ field: UInt8, _ value: Int) { int64(field, Int64(UInt32(value))) }

    /// A repeated `uint32`, packed; traps if one of `values` is none.
    mutating func uint32s(_ field: UInt8, _ values: some Collection<Int>) {
        packed(field, values.lazy.map { UInt64(UInt32($0)) })
    }

    /// A repeated `int64`, packed.
    public mutating func int64s(_ field: UInt8, _ values: [Int64]) {
        packed(field, values.lazy.map { UInt64(bitPattern: $0) })
    }

    /// A message; `body` writes its fields. It is there even when it has none.
    public mutating func message(_ field: UInt8, _ body: (inout WireWriter) -> Void) {
        tag(field, .lengthDelimited)
        // Most are short: one byte is kept for the length, and what follows moves if it takes more.
        let start = bytes.count
        bytes.append(0)
        body(&self)
        let count = UInt64(bytes.count - start - 1)
        let extra = Self.size(count) - 1
        if extra == 0 {
            bytes[start] = UInt8(count)
        } else {
            var length = WireWriter()
            length.varint(count)
            bytes.replaceSubrange(start...start, with: length.bytes)
        }
    }

    // MARK: Parts

    private enum WireType: UInt8 {
        case varint = 0
        case lengthDelimited = 2
    }

    private mutating func packed(_ field: UInt8, _ values: some Collection<UInt64>) {
        guard !values.isEmpty else { return }
        lengthDelimited(field, values.reduce(0) { $0 + Self.size($1) })
        for value in values { varint(value) }
    }

    private mutating func lengthDelimited(_ field: UInt8, _ count: Int) {
        tag(field, .lengthDelimited)
        varint(UInt64(count))
    }

    private mutating func tag(_ field: UInt8, _ type: WireType) {
        if field < 16 {
            bytes.append(field << 3 | type.rawValue)
        } else {
            varint(UInt64(field) << 3 | UInt64(type.rawValue))
        }
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Bytes of a varint: one for every seven bits.
    private static func size(_ value: UInt64) -> Int { (70 - (value | 1).leadingZeroBitCount) / 7 }
}
