/// Whether a request that changes something comes from the instance's own pages. A browser sends cookies along with what
/// other sites make it send; it also says where a request comes from (Fetch Metadata, `Sec-Fetch-Site`; RFC 6454, `Origin`),
/// and pages can't change what it says.
public struct CrossSiteRule: Sendable {
    /// How many origins may be allowed.
    public static let originsMax = 32

    private let origins: Set<String>

    /// - Parameter origins: as browsers write them: `https://shop.example`, in lower case, a port only where it is not the
    ///   scheme's own, no slash.
    public init(origins: some Sequence<String>) { self.origins = Set(origins) }

    /// Whether the method changes nothing, and so needs no proof (RFC 9110, section 9.2.1).
    public static func isSafe(method: String) -> Bool { method == "GET" || method == "HEAD" || method == "OPTIONS" }

    /// Whether the headers prove that a page of an allowed origin made the request. Nothing is proved by no headers.
    ///
    /// - Parameters:
    ///   - site: the header `Sec-Fetch-Site`.
    ///   - origin: the header `Origin`.
    public func allows(site: String?, origin: String?) -> Bool {
        site == "same-origin" || origin.map(origins.contains) ?? false
    }

    /// Whether the headers do not say that the request comes from elsewhere. What no cookie stands for, such as a log-in, may
    /// come from a program that says nothing of the kind; what a browser sends for another site is refused all the same.
    public func tolerates(site: String?, origin: String?) -> Bool {
        site == nil && origin == nil || allows(site: site, origin: origin)
    }

    /// The origin of a URL such as `https://Shop.example:443/path`; nil for anything but `http` and `https` with a host.
    public static func origin(of url: String) -> String? {
        let lower = url.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lower.hasPrefix) else { return nil }
        var host = lower.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let ownPort = scheme == "https://" ? ":443" : ":80"
        if host.hasSuffix(ownPort) { host = host.dropLast(ownPort.count) }
        guard !host.isEmpty, host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !host.contains("@"),
            !host.hasPrefix(":")
        else { return nil }
        return scheme + host
    }

    /// The host of an origin that ``origin(of:)`` returned, without its port.
    public static func host(of origin: String) -> String {
        let host = origin.drop { $0 != "/" }.dropFirst(2)
        return String(host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" })
    }
}
