/// Where spans go.
public struct TraceCollector: Sendable {
    /// The whole URL, such as `http://127.0.0.1:4318/v1/traces`.
    public var url: String
    /// What it wants to be told with each request, such as a key.
    public var headers: [(name: String, value: String)]
    /// A file with the authorities, as PEM, that its certificate is of. Nil: the system's.
    public var authorities: String?

    public init(url: String, headers: [(name: String, value: String)] = [], authorities: String? = nil) {
        self.url = url
        self.headers = headers
        self.authorities = authorities
    }
}
