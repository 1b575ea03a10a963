/// How a session's cookie looks (RFC 6265bis).
public struct SessionCookie: Hashable, Sendable {
    public enum SameSite: String, CaseIterable, Sendable {
        case strict = "Strict"
        case lax = "Lax"
        case none = "None"
    }

    /// With its prefix.
    public let name: String
    private let attributes: String

    /// - Parameters:
    ///   - name: 1 to 64 letters, digits and hyphens. A secure cookie gets the prefix `__Host-` before it: browsers take such a
    ///     cookie only from this very host, over TLS, for all its paths.
    ///   - isSecure: false only on a plain HTTP instance on the loopback.
    /// - Returns: nil for a name that can't be one, and for SameSite=None without Secure, which browsers refuse.
    public init?(name: String, sameSite: SameSite, isSecure: Bool) {
        guard (1...64).contains(name.utf8.count),
            name.utf8.allSatisfy({
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "-")
            }), isSecure || sameSite != .none
        else { return nil }
        self.name = isSecure ? "__Host-\(name)" : name
        attributes = "; Path=/; \(isSecure ? "Secure; " : "")HttpOnly; SameSite=\(sameSite.rawValue)"
    }

    /// `Set-Cookie` for a new session.
    ///
    /// - Parameter seconds: until its absolute end.
    public func set(_ value: String, seconds: Int64) -> String { "\(name)=\(value)\(attributes); Max-Age=\(seconds)" }

    /// `Set-Cookie` that makes a browser forget it.
    public var drop: String { "\(name)=\(attributes); Max-Age=0" }
}
