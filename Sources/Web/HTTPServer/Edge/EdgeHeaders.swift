public import HTTPTypes

/// The headers that every response leaves with, whatever made it: those that keep a browser from misusing it, and how long
/// anybody may keep it.
///
/// The router, the fast lane and the connection's own refusals all add them here, last. They are constant: nothing is
/// formatted for a request.
public struct EdgeHeaders: Sendable {
    /// What pages of other origins may do; nil: nothing.
    public let cors: CORSPolicy?
    private let always: [HTTPField]

    /// A response that does not say how long it may be kept is its caller's own, and nobody keeps it.
    private static let uncached = HTTPField(name: .cacheControl, value: "private, no-store")
    /// An answer of this API is no page: it loads nothing, and is shown in no frame. A page states its own policy.
    private static let noPage = HTTPField(
        name: .contentSecurityPolicy,
        value: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

    /// - Parameters:
    ///   - isSecure: whether callers come over TLS, so that browsers may be told to come in no other way.
    ///   - cors: what pages of other origins may do; nil: nothing.
    public init(isSecure: Bool = false, cors: CORSPolicy? = nil) {
        self.cors = cors
        var always = [
            HTTPField(name: .xContentTypeOptions, value: "nosniff"),
            HTTPField(name: .referrerPolicy, value: "no-referrer"),
        ]
        if isSecure {
            always.append(
                HTTPField(name: .strictTransportSecurity, value: "max-age=31536000; includeSubDomains"))
        }
        self.always = always
    }

    /// Adds them to a response's headers.
    ///
    /// - Parameter request: the headers of the request; empty where it could not be read.
    public func add(to headers: inout HTTPFields, for request: HTTPFields) {
        if !headers.contains(.cacheControl) { headers.append(Self.uncached) }
        if !headers.contains(.contentSecurityPolicy) { headers.append(Self.noPage) }
        for field in always { headers.append(field) }
        cors?.add(to: &headers, for: request)
    }
}
