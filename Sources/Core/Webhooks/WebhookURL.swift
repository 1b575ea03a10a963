import Foundation

/// Where an endpoint is: an absolute URL with a host, without a user, a password or a fragment.
public struct WebhookURL: Equatable, Sendable {
    public let text: String
    /// A name, or an address without brackets.
    public let host: String
    public let port: Int
    public let isSecure: Bool

    private static let bytesMax = 1024

    /// - Parameter allowsPrivate: whether it may be `http://`, and an address of a private network, too.
    /// - Throws: ``Refusal``
    public init(_ text: String, allowsPrivate: Bool) throws(Refusal) {
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.contains("\\"), let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty
        else { throw Refusal(reason: "url must be an absolute URL of at most \(Self.bytesMax) ASCII characters.") }
        guard parts.user == nil, parts.password == nil, parts.fragment == nil else {
            throw Refusal(reason: "url must have no user, password or fragment.")
        }
        switch parts.scheme?.lowercased() {
        case "https": isSecure = true
        case "http" where allowsPrivate: isSecure = false
        default: throw Refusal(reason: "url must begin with https://.")
        }
        guard (1...65_535).contains(parts.port ?? 443) else {
            throw Refusal(reason: "url must have a port from 1 to 65535.")
        }
        self.text = text
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? (isSecure ? 443 : 80)
        // What a name means is looked at before each connection; an address means itself.
        if !allowsPrivate, let address = PublicAddress.bytes(of: self.host), !PublicAddress.contains(address) {
            throw Refusal(reason: "url must not be in a private network.")
        }
    }

    public struct Refusal: Error, Equatable, Sendable {
        public var reason: String
    }
}
