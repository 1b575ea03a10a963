import Foundation
import Text

/// A compact JSON Web Signature (RFC 7515, section 7.1), taken apart. Nothing of it is checked yet.
struct CompactJWS {
    /// The header in base 64, as it is spelled.
    let header: ArraySlice<UInt8>
    private let payload: ArraySlice<UInt8>
    private let signed: ArraySlice<UInt8>
    private let signature: [UInt8]

    /// Nil for anything but three parts with a signature in base 64.
    init?(_ text: [UInt8]) {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let signature = Base64URL.decode(parts[2]) else { return nil }
        header = parts[0]
        payload = parts[1]
        signed = text[..<parts[1].endIndex]
        self.signature = signature
    }

    func isSigned(by key: VerificationKey) -> Bool { key.isValid(signature, of: signed) }

    /// The header's members; nil where they are not well-formed JSON of that shape.
    func decodedHeader<Header: Decodable>() -> Header? { Self.decode(header) }

    /// The payload's members; nil where they are not well-formed JSON of that shape.
    func decodedPayload<Payload: Decodable>() -> Payload? { Self.decode(payload) }

    private static func decode<T: Decodable>(_ part: ArraySlice<UInt8>) -> T? {
        guard let json = Base64URL.decode(part), JSONScan.fault(in: json) == nil, !hasTwins(json) else { return nil }
        do { return try JSONDecoder().decode(T.self, from: Data(json)) } catch { return nil }
    }

    /// Whether an object has two members of one name: which of them counts, two readers may see differently (RFC 7515,
    /// section 4; RFC 7519, section 4).
    private static func hasTwins(_ json: [UInt8]) -> Bool {
        var names: Set<String> = []
        var hasTwins = false
        var cursor = JSONCursor(json)
        _ = cursor.members { name, _ in hasTwins = !names.insert(name).inserted || hasTwins }
        return hasTwins
    }
}
