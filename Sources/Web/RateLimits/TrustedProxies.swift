/// The proxies whose word on where a request comes from counts.
///
/// A proxy appends the address that it was called from to `X-Forwarded-For`; what stands before may be anything that the
/// caller made up. So the header is read from the right, as far as the proxies are ours: the first address that is none
/// of theirs is the caller's.
public struct TrustedProxies: Sendable {
    /// Proxies that one request may have come through; what stands further left is not looked at.
    public static let hopsMax = 16

    private let ranges: [AddressRange]

    public init(_ ranges: [AddressRange] = []) { self.ranges = ranges }

    public func contains(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// Where a request comes from.
    ///
    /// - Parameters:
    ///   - peer: the address at the other end of the connection.
    ///   - forwarded: all values of `X-Forwarded-For`, in their order.
    public func caller(peer: IPAddress, forwarded: [String]) -> IPAddress {
        var caller = peer
        var hops = 0
        for value in forwarded.reversed() {
            for part in value.split(separator: ",").reversed() {
                guard hops < Self.hopsMax, contains(caller), let address = Self.address(part) else { return caller }
                caller = address
                hops += 1
            }
        }
        return caller
    }

    /// Some proxies write the port, too: `192.0.2.1:1234`, `[2001:db8::1]:1234`.
    private static func address(_ text: Substring) -> IPAddress? {
        let text = text.drop { $0 == " " || $0 == "\t" }
        let word = text.prefix { $0 != " " && $0 != "\t" }
        if let address = IPAddress(word) { return address }
        if word.first == "[" { return IPAddress(word.dropFirst().prefix { $0 != "]" }) }
        return IPAddress(word.prefix { $0 != ":" })
    }
}
