import Crypto
import SeededRandom

extension Mutator {
    /// One field of a message, however deep, becomes another, goes, or comes twice; all lengths stay right.
    mutating func changeProtobuf(_ input: inout [UInt8]) {
        guard var fields = WireField.fields(of: input, depth: 0) else {
            if !input.isEmpty { input[number(input.count)] = UInt8(number(256)) }
            return
        }
        change(&fields)
        input = fields.flatMap(\.encoded)
    }

    /// The same in a snapshot, which then has the right checksum.
    mutating func changeSnapshot(_ input: inout [UInt8]) {
        let headBytes = 8 + SHA256.byteCount
        guard input.count > headBytes else { return }
        var body = Array(input[headBytes...])
        changeProtobuf(&body)
        input = input[..<8] + SHA256.hash(data: body) + body
    }

    private mutating func change(_ fields: inout [WireField]) {
        guard !fields.isEmpty else {
            fields.append(WireField(number: UInt64(1 + number(9)), content: .varint(UInt64(bitPattern: interesting()))))
            return
        }
        let index = number(fields.count)
        if case .message(var inner) = fields[index].content, !chance(5) {
            change(&inner)
            fields[index].content = .message(inner)
            return
        }
        switch number(9) {
        case 0: fields.remove(at: index)
        case 1: fields.insert(fields[index], at: number(fields.count + 1))
        case 2: fields[index].number = UInt64(1 + number(12))
        case 3: fields[index].content = fields[number(fields.count)].content
        case 4:
            let count = [2, 3, 10, 200][number(4)]
            fields.insert(contentsOf: repeatElement(fields[index], count: count), at: index)
        case 5: fields.swapAt(index, number(fields.count))
        default: change(&fields[index].content)
        }
    }

    private mutating func change(_ content: inout WireField.Content) {
        switch content {
        case .varint(let value): content = .varint(chance(3) ? value &+ 1 : UInt64(bitPattern: interesting()))
        case .fixed64:
            content = .fixed64(
                [0, .max, Double.nan.bitPattern, Double.infinity.bitPattern, 0x8000_0000_0000_0000, random.next()][
                    number(6)])
        case .fixed32: content = .fixed32(UInt32(truncatingIfNeeded: random.next()))
        case .bytes(var bytes):
            if chance(2) {
                bytes =
                    [
                        [], Array("é\u{301}".utf8), [0], [0xFF],
                        Array(repeating: 0x61, count: [64, 65, 257][number(3)]),
                    ][number(5)]
            } else {
                changeBytes(&bytes, [bytes])
            }
            content = .bytes(bytes)
        case .message(let fields):
            content = chance(2) ? .bytes([]) : .message(fields + fields)
        }
    }
}

/// A field of a Protocol Buffers message without its schema (https://protobuf.dev/programming-guides/encoding).
struct WireField {
    indirect enum Content {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes([UInt8])
        /// Bytes that read like a message; now and then a string does.
        case message([WireField])
    }

    var number: UInt64
    var content: Content

    private static let depthMax = 8

    /// Nil where the bytes are no message.
    static func fields(of bytes: [UInt8], depth: Int) -> [WireField]? {
        var rest = bytes[...]
        var fields: [WireField] = []
        while !rest.isEmpty {
            guard let tag = varint(&rest), tag >> 3 > 0 else { return nil }
            let content: Content
            switch tag & 7 {
            case 0:
                guard let value = varint(&rest) else { return nil }
                content = .varint(value)
            case 1:
                guard let value: UInt64 = fixed(&rest) else { return nil }
                content = .fixed64(value)
            case 2:
                guard let length = varint(&rest), length <= UInt64(rest.count) else { return nil }
                let part = Array(rest.prefix(Int(length)))
                rest = rest.dropFirst(part.count)
                let inner = depth < depthMax && !part.isEmpty ? self.fields(of: part, depth: depth + 1) : nil
                content = inner.map(Content.message) ?? .bytes(part)
            case 5:
                guard let value: UInt32 = fixed(&rest) else { return nil }
                content = .fixed32(value)
            default: return nil
            }
            fields.append(WireField(number: tag >> 3, content: content))
        }
        return fields
    }

    var encoded: [UInt8] {
        switch content {
        case .varint(let value): Self.varint(number << 3) + Self.varint(value)
        case .fixed64(let value): Self.varint(number << 3 | 1) + Self.fixed(value)
        case .fixed32(let value): Self.varint(number << 3 | 5) + Self.fixed(value)
        case .bytes(let bytes): Self.varint(number << 3 | 2) + Self.varint(UInt64(bytes.count)) + bytes
        case .message(let fields): WireField(number: number, content: .bytes(fields.flatMap(\.encoded))).encoded
        }
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func fixed<Value: FixedWidthInteger>(_ bytes: inout ArraySlice<UInt8>) -> Value? {
        let size = Value.bitWidth / 8
        guard bytes.count >= size else { return nil }
        let value = bytes.prefix(size).reversed().reduce(Value(0)) { $0 << 8 | Value($1) }
        bytes = bytes.dropFirst(size)
        return value
    }

    private static func fixed(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
