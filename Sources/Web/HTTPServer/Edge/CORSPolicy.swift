import Foundation
public import HTTPTypes

/// Which other origins' pages may use the API from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol): a list, and
/// never everybody, since they may send the caller's cookies along.
public struct CORSPolicy: Sendable {
    /// Why a text is no origin.
    public struct InvalidOrigin: Error, Equatable, CustomStringConvertible {
        public var description: String
    }

    /// The request headers that calls of this API may have.
    static let requestHeaders =
        "Admission, Authorization, Challenge-Answer, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Last-Seen-Sequence, "
        + "Prefer, traceparent, tracestate, X-Correlation-Id, X-Request-Id"
    /// The response headers that a page may read beyond those that any page may.
    static let exposedHeaders =
        "Command-Id, Content-Disposition, Date, ETag, Idempotent-Replayed, Location, RateLimit, RateLimit-Policy, "
        + "Retry-After, Sequence, WWW-Authenticate, X-Request-Id"
    /// How long a browser may keep the answer to a preflight; Chromium keeps none for longer than these two hours.
    static let preflightSecondsMax = 7_200

    private static let vary = HTTPField(name: .vary, value: "Origin")
    private static let credentials = HTTPField(name: .accessControlAllowCredentials, value: "true")
    private static let exposed = HTTPField(name: .accessControlExposeHeaders, value: exposedHeaders)

    /// For each origin, the header that lets its pages in.
    private let allowed: [String: HTTPField]

    /// - Parameter origins: as browsers write them, such as `https://shop.example` or `http://localhost:3000`.
    /// - Throws: ``InvalidOrigin``
    public init(origins: [String]) throws(InvalidOrigin) {
        var allowed: [String: HTTPField] = [:]
        for origin in origins {
            try Self.check(origin)
            allowed[origin] = HTTPField(name: .accessControlAllowOrigin, value: origin)
        }
        self.allowed = allowed
    }

    /// A browser compares origins byte by byte: one written in another way would never match, and nobody would know why.
    private static func check(_ origin: String) throws(InvalidOrigin) {
        guard origin != "*" else {
            throw InvalidOrigin(description: "“*” would let every page act for its visitors: name the origins.")
        }
        guard let url = URLComponents(string: origin), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host, !host.isEmpty,
            origin == "\(scheme)://\(host.lowercased())\(url.port.map { ":\($0)" } ?? "")"
        else {
            throw InvalidOrigin(
                description: "“\(origin)” is no origin: http:// or https://, a host in lower case, and a port if it is "
                    + "not the usual one; no path and no slash at the end.")
        }
        guard url.port != (scheme == "http" ? 80 : 443) else {
            throw InvalidOrigin(description: "“\(origin)”: browsers leave out the usual port.")
        }
    }

    /// Whether pages of this origin may use the API.
    public func allows(_ origin: String) -> Bool { allowed[origin] != nil }

    /// Tells a browser whether the page that sent the request may read the response. Caches learn that it depends on the
    /// page's origin, also where there is none.
    func add(to headers: inout HTTPFields, for request: HTTPFields) {
        headers.append(Self.vary)
        guard let field = field(for: request) else { return }
        headers.append(field)
        headers.append(Self.credentials)
        headers.append(Self.exposed)
    }

    private func field(for request: HTTPFields) -> HTTPField? { request[.origin].flatMap { allowed[$0] } }

    /// What answers a browser that asks, before a request, whether a page may send it; nil: it does not ask that, or the page
    /// may not send any.
    ///
    /// - Parameter methods: those that the path has.
    public func preflight(_ request: HTTPFields, methods: [String]) -> HTTPFields? {
        guard request.contains(.accessControlRequestMethod), field(for: request) != nil else { return nil }
        return [
            .accessControlAllowMethods: methods.joined(separator: ", "),
            .accessControlAllowHeaders: Self.requestHeaders,
            .accessControlMaxAge: String(Self.preflightSecondsMax),
        ]
    }
}
