/// How to reach Stripe, or what speaks like it.
public struct StripeConfiguration: Sendable {
    /// Where the API is, without `/v1`.
    public var baseURL: String
    /// `sk_…`; sent in a header, and nowhere else.
    public var secretKey: Secret
    /// How long one call may take; a call that takes longer is unknown.
    public var requestTimeout: Duration
    /// Connections at a time; a call that finds none free waits, within its timeout.
    public var connectionsMax: Int

    public init(
        baseURL: String = "https://api.stripe.com", secretKey: Secret, requestTimeout: Duration = .seconds(10),
        connectionsMax: Int = 64
    ) {
        self.baseURL = baseURL
        self.secretKey = secretKey
        self.requestTimeout = requestTimeout
        self.connectionsMax = connectionsMax
    }

    /// The version of the API whose shapes are read here; Stripe keeps answering in it.
    static let apiVersion = "2024-06-20"
    /// An answer has a few kB, a page of a hundred refunds about a hundred.
    static let answerBytesMax = 1 << 20
}

/// Text that no log, error or dump shows.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String

    public init(_ text: String) { self.text = text }

    public var description: String { "(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
