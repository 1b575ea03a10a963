/// How to reach Stripe, or what speaks like it.
package struct StripeConfiguration: Sendable {
    /// Where the API is, without `/v1`.
    package var baseURL: String
    /// `sk_…`; sent in a header, and nowhere else.
    package var secretKey: Secret
    /// How long one call may take; a call that takes longer is unknown.
    package var requestTimeout: Duration
    /// Connections at a time; a call that finds none free waits, within its timeout.
    package var connectionsMax: Int

    package init(
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
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
