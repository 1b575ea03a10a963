import Crypto
import Text

/// The payload of an event is not the message that its type says.
struct UnreadablePayload: Error, Equatable {}

extension JSONWriter {
    /// Writes a Protocol Buffers message as an object, as far as the feed tells it.
    ///
    /// The fields are looked for one by one in the bytes, which are few: nothing is allocated but the texts.
    mutating func value(_ message: FeedMessage, _ payload: ArraySlice<UInt8>) throws(UnreadablePayload) {
        do {
            try object { json in
                for field in message.fields { try json.member(field, payload) }
            }
        } catch {
            throw UnreadablePayload()
        }
    }

    private mutating func member(_ field: FeedField, _ payload: ArraySlice<UInt8>) throws(UnreadablePayload) {
        if case .numbersByName = field.kind { return try numbersByName(field, payload) }
        guard field.presence == .list else {
            // Of a field that is there twice the last one counts.
            var last: WireField?
            var scan = WireScan(payload)
            while let next = try scan.next(field.number) { last = next }
            if last == nil, field.presence == .optional { return }
            key(field.name)
            return try value(field.kind, last)
        }
        key(field.name)
        do {
            try array { json in
                var scan = WireScan(payload)
                while let next = try scan.next(field.number) {
                    // Numbers of one list stand packed in one field, or each in its own.
                    if case .bytes(let packed) = next, case .integer = field.kind {
                        var numbers = WireScan(packed)
                        while let number = try numbers.nextPacked() { json.value(number) }
                    } else {
                        try json.value(field.kind, next)
                    }
                }
            }
        } catch {
            throw UnreadablePayload()
        }
    }

    /// - Parameter field: nil: it is empty, zero or false.
    private mutating func value(_ kind: FeedField.Kind, _ field: WireField?) throws(UnreadablePayload) {
        switch kind {
        case .text: value(try text(field))
        case .user: value(opaque: try text(field))
        case .time: value(timeAt: try number(field))
        case .integer: value(try number(field))
        case .boolean: value(try number(field) != 0)
        case .number:
            guard case .fixed(let bits)? = field else {
                guard field == nil else { throw UnreadablePayload() }
                return value(0)
            }
            value(Double(bitPattern: bits))
        case .hex:
            guard let field else { return value("") }
            guard case .bytes(let bytes) = field else { throw UnreadablePayload() }
            value(plain: bytes.hex.utf8)
        case .oneOf(let names):
            guard let name = names[try number(field)] else { return null() }
            value(name.description)
        case .message(let message):
            guard case .bytes(let bytes)? = field else { throw UnreadablePayload() }
            try value(message, bytes)
        case .numbersByName: preconditionFailure("a map is not a value of its own")
        }
    }

    private mutating func numbersByName(
        _ field: FeedField, _ payload: ArraySlice<UInt8>
    ) throws(UnreadablePayload) {
        key(field.name)
        do {
            try object { json in
                var scan = WireScan(payload)
                while let next = try scan.next(field.number) {
                    guard case .bytes(let entry) = next else { throw UnreadablePayload() }
                    var (names, numbers) = (WireScan(entry), WireScan(entry))
                    json.key(try text(try names.next(1)))
                    json.value(try number(try numbers.next(2)))
                }
            }
        } catch {
            throw UnreadablePayload()
        }
    }

    /// A provider of identities may name its users by their addresses, which are personal.
    private mutating func value(opaque user: String) {
        guard user.utf8.contains(UInt8(ascii: "@")) else { return value(user) }
        value("~" + SHA256.hash(data: Array(user.utf8)).prefix(16).hex)
    }
}

private func text(_ field: WireField?) throws(UnreadablePayload) -> String {
    guard let field else { return "" }
    guard case .bytes(let bytes) = field, let text = String(validating: bytes, as: UTF8.self) else {
        throw UnreadablePayload()
    }
    return text
}

private func number(_ field: WireField?) throws(UnreadablePayload) -> Int64 {
    guard let field else { return 0 }
    guard case .number(let number) = field else { throw UnreadablePayload() }
    return number
}

/// The value of one field as it stands on the wire (https://protobuf.dev/programming-guides/encoding).
enum WireField {
    case number(Int64)
    case fixed(UInt64)
    case bytes(ArraySlice<UInt8>)
}

/// Finds the fields of a message that have one number.
struct WireScan {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field with this number; nil: there is none.
    mutating func next(_ wanted: UInt64) throws(UnreadablePayload) -> WireField? {
        while !rest.isEmpty {
            let tag = try varint()
            let field: WireField
            switch tag & 7 {
            case 0: field = .number(Int64(bitPattern: try varint()))
            case 1: field = .fixed(try fixed(8))
            case 2:
                let count = try varint()
                guard count <= UInt64(rest.count) else { throw UnreadablePayload() }
                field = .bytes(rest.prefix(Int(count)))
                rest = rest.dropFirst(Int(count))
            case 5: field = .fixed(try fixed(4))
            default: throw UnreadablePayload()
            }
            if tag >> 3 == wanted { return field }
        }
        return nil
    }

    /// The next number of a packed list; nil: there is none.
    mutating func nextPacked() throws(UnreadablePayload) -> Int64? {
        rest.isEmpty ? nil : Int64(bitPattern: try varint())
    }

    private mutating func varint() throws(UnreadablePayload) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { throw UnreadablePayload() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw UnreadablePayload()
    }

    private mutating func fixed(_ count: Int) throws(UnreadablePayload) -> UInt64 {
        guard rest.count >= count else { throw UnreadablePayload() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
