/// The payload of an event is not the message that its type says.
struct UnreadablePayload: Error, Equatable {}

/// The value of one field as it stands on the wire (https://protobuf.dev/programming-guides/encoding).
enum WireValue {
    case number(Int64)
    case fixed(UInt64)
    /// Where it stands in the payload.
    case bytes(Range<Int>)
}

/// A message's fields, in the order in which they stand in a payload; found in one pass.
struct WireMessage {
    let payload: [UInt8]
    private var fields: [(number: UInt64, value: WireValue)] = []

    /// - Parameter range: where the message stands in `payload`; nil: it is all of it.
    init(_ payload: [UInt8], in range: Range<Int>? = nil) throws(UnreadablePayload) {
        self.payload = payload
        fields.reserveCapacity(16)
        var cursor = WireCursor(payload, in: range ?? payload.indices)
        while let field = try cursor.next() { fields.append(field) }
    }

    /// Of a field that is there twice the last one counts.
    func last(_ number: UInt64) -> WireValue? { fields.last { $0.number == number }?.value }

    func forEach(_ number: UInt64, _ body: (WireValue) throws -> Void) rethrows {
        for field in fields where field.number == number { try body(field.value) }
    }
}

/// Reads a part of a payload from its beginning to its end.
struct WireCursor {
    private let payload: [UInt8]
    private var index: Int
    private let end: Int

    init(_ payload: [UInt8], in range: Range<Int>) {
        self.payload = payload
        index = range.lowerBound
        end = range.upperBound
    }

    /// The next field of a message; nil: there is none.
    mutating func next() throws(UnreadablePayload) -> (number: UInt64, value: WireValue)? {
        guard let tag = try number() else { return nil }
        let value: WireValue =
            switch tag & 7 {
            case 0: .number(Int64(bitPattern: try varint()))
            case 1: .fixed(try fixed(8))
            case 2: .bytes(try skip(try varint()))
            case 5: .fixed(try fixed(4))
            default: throw UnreadablePayload()
            }
        return (tag >> 3, value)
    }

    /// The next number of a packed list; nil: there is none.
    mutating func number() throws(UnreadablePayload) -> UInt64? { index == end ? nil : try varint() }

    private mutating func varint() throws(UnreadablePayload) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while index < end, shift < 64 {
            let byte = payload[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw UnreadablePayload()
    }

    private mutating func fixed(_ count: UInt64) throws(UnreadablePayload) -> UInt64 {
        try skip(count).reversed().reduce(0) { $0 << 8 | UInt64(payload[$1]) }
    }

    private mutating func skip(_ count: UInt64) throws(UnreadablePayload) -> Range<Int> {
        guard count <= UInt64(end - index) else { throw UnreadablePayload() }
        defer { index += Int(count) }
        return index..<index + Int(count)
    }
}
