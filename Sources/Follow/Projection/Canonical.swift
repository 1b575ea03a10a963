import Crypto
public import SwiftProtobuf

/// A message's bytes with map entries in order: equal messages have equal bytes.
public func canonicalBytes(of message: some Message) -> [UInt8] {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    do {
        return try message.serializedBytes(options: options)
    } catch {
        preconditionFailure("a state that protobuf can't carry: \(error)")
    }
}

/// SHA-256 of a state's canonical bytes, in lower-case hexadecimal: equal states have equal digests.
public func canonicalDigest(of bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A value in one of ``Projection/lines``.
public enum LineValue: Equatable, Sendable {
    case number(Int64)
    case text(String)
    case texts([String])
}

/// One JSON object, its members in the order given.
public func jsonLine(_ members: [(key: String, value: LineValue)]) -> String {
    "{" + members.map { "\(quoted($0.key)):\(text(of: $0.value))" }.joined(separator: ",") + "}"
}

private func text(of value: LineValue) -> String {
    switch value {
    case .number(let number): "\(number)"
    case .text(let text): quoted(text)
    case .texts(let texts): "[" + texts.map(quoted).joined(separator: ",") + "]"
    }
}

/// A JSON string (RFC 8259, section 7).
private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\u{0}"..<" ":
            let hex = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
