import Text

/// `application/x-www-form-urlencoded` (WHATWG URL, section 5.2), which Stripe takes for bodies and queries.
struct FormBody: Equatable, Sendable {
    private(set) var encoded = ""

    mutating func add(_ name: String, _ value: String) {
        if !encoded.isEmpty { encoded.append("&") }
        encoded += FormEncoding.encode([(name, value)])
    }

    mutating func add(_ name: String, _ value: Int64) { add(name, String(value)) }
}
