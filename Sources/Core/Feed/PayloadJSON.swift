import Crypto
import Text

extension JSONWriter {
    /// Writes a Protocol Buffers message as an object, as far as the feed tells it.
    mutating func value(_ message: FeedMessage, _ wire: WireMessage) throws(UnreadablePayload) {
        do {
            try object { json in
                for field in message.fields { try json.member(field, wire) }
            }
        } catch {
            throw UnreadablePayload()
        }
    }

    private mutating func member(_ field: FeedField, _ wire: WireMessage) throws(UnreadablePayload) {
        switch (field.kind, field.presence) {
        case (.numbersByName, _): try numbersByName(field, wire)
        case (_, .list): try list(field, wire)
        default:
            let value = wire.last(field.number)
            if value == nil, field.presence == .optional { return }
            key(field.name)
            try self.value(field.kind, value, of: wire)
        }
    }

    private mutating func list(_ field: FeedField, _ wire: WireMessage) throws(UnreadablePayload) {
        key(field.name)
        do {
            try array { json in
                try wire.forEach(field.number) { value in
                    // Numbers of one list stand packed in one field, or each in its own.
                    guard case .bytes(let packed) = value, case .integer = field.kind else {
                        return try json.value(field.kind, value, of: wire)
                    }
                    var numbers = WireCursor(wire.payload, in: packed)
                    while let number = try numbers.number() { json.value(Int64(bitPattern: number)) }
                }
            }
        } catch {
            throw UnreadablePayload()
        }
    }

    /// - Parameter field: nil: it is empty, zero or false.
    private mutating func value(
        _ kind: FeedField.Kind, _ field: WireValue?, of wire: WireMessage
    ) throws(UnreadablePayload) {
        switch kind {
        case .text: value(try wire.text(field))
        case .user: value(opaque: try wire.text(field))
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
            guard case .bytes(let range) = field else { throw UnreadablePayload() }
            value(plain: wire.payload[range].hex.utf8)
        case .oneOf(let names):
            guard let name = names[try number(field)] else { return null() }
            value(name.description)
        case .message(let message):
            guard case .bytes(let range)? = field else { throw UnreadablePayload() }
            try value(message, WireMessage(wire.payload, in: range))
        case .numbersByName: preconditionFailure("a map is not a value of its own")
        }
    }

    private mutating func numbersByName(_ field: FeedField, _ wire: WireMessage) throws(UnreadablePayload) {
        key(field.name)
        do {
            try object { json in
                try wire.forEach(field.number) { value in
                    guard case .bytes(let range) = value else { throw UnreadablePayload() }
                    let entry = try WireMessage(wire.payload, in: range)
                    json.key(try entry.text(entry.last(1)))
                    json.value(try number(entry.last(2)))
                }
            }
        } catch {
            throw UnreadablePayload()
        }
    }

    /// A provider of identities may name its users by what they can be reached at, which is personal: an address of e-mail, also
    /// one that is escaped for a URL, or a telephone number.
    private mutating func value(opaque user: String) {
        let bytes = user.utf8
        let isNumber = bytes.first == UInt8(ascii: "+") && user.dropFirst().first?.isNumber == true
        let isAddress =
            bytes.contains(UInt8(ascii: "@")) || bytes.contains(UInt8(ascii: "%")) && user.contains("%40")
        guard isNumber || isAddress else { return value(user) }
        value("~" + SHA256.hash(data: Array(user.utf8)).prefix(16).hex)
    }
}

extension WireMessage {
    fileprivate func text(_ field: WireValue?) throws(UnreadablePayload) -> String {
        guard let field else { return "" }
        guard case .bytes(let range) = field, let text = String(validating: payload[range], as: UTF8.self) else {
            throw UnreadablePayload()
        }
        return text
    }
}

private func number(_ field: WireValue?) throws(UnreadablePayload) -> Int64 {
    guard let field else { return 0 }
    guard case .number(let number) = field else { throw UnreadablePayload() }
    return number
}
