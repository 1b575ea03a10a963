import Crypto
import Text

/// SHA-256 of a state's canonical bytes, in lower-case hexadecimal: equal states have equal digests.
public func canonicalDigest(of bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).hex
}

/// A value in one of ``Projection/lines``.
public enum LineValue: Equatable, Sendable {
    case number(Int64)
    case text(String)
    case texts([String])
}

/// One JSON object, its members in the order given.
public func jsonLine(_ members: [(key: String, value: LineValue)]) -> String {
    var json = JSONWriter()
    json.object { json in
        for (key, value) in members {
            json.key(key)
            switch value {
            case .number(let number): json.value(number)
            case .text(let text): json.value(text)
            case .texts(let texts): json.array { json in for text in texts { json.value(text) } }
            }
        }
    }
    return String(decoding: json.bytes, as: UTF8.self)
}
