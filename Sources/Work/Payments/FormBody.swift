/// `application/x-www-form-urlencoded` (WHATWG URL, section 5.2), which Stripe takes for bodies and queries.
struct FormBody: Equatable, Sendable {
    private(set) var encoded = ""

    mutating func add(_ name: String, _ value: String) {
        if !encoded.isEmpty { encoded.append("&") }
        Self.append(name, to: &encoded)
        encoded.append("=")
        Self.append(value, to: &encoded)
    }

    mutating func add(_ name: String, _ value: Int64) { add(name, String(value)) }

    private static func append(_ text: String, to encoded: inout String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded.append("%")
                let digits = String(byte, radix: 16, uppercase: true)
                if digits.utf8.count == 1 { encoded.append("0") }
                encoded.append(digits)
            }
        }
    }
}
