public import EventLog
public import HTTPTypes

extension HTTPField.Name {
    private static func named(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is not a header name") }
        return name
    }

    /// The payment provider's signature of a webhook.
    public static let stripeSignature = named("Stripe-Signature")
    /// The place in the log that an answer reflects, a ``LogPosition``.
    public static let sequence = named("Sequence")
    /// The place in the log that a read must reflect at least: a ``LogPosition`` or `head`. Also the name of the cookie.
    public static let lastSeenSequence = named("Last-Seen-Sequence")
    /// The id of the last event that the reader of a stream of Server-Sent Events has seen.
    public static let lastEventID = named("Last-Event-ID")
    /// What a show's waiting room gave to whom it admitted.
    public static let admission = named("Admission")
    /// The customer for whom an API key acts.
    public static let onBehalfOf = named("On-Behalf-Of")
    public static let idempotencyKey = named("Idempotency-Key")
    public static let idempotentReplayed = named("Idempotent-Replayed")
    public static let commandID = named("Command-Id")
    /// What finds a request in the service's log.
    public static let requestID = named("X-Request-Id")
    /// What a caller calls its request, in its own logs.
    public static let correlationID = named("X-Correlation-Id")
    public static let prefer = named("Prefer")
    public static let referrerPolicy = named("Referrer-Policy")
    /// Keeps nginx from collecting a response before it passes it on.
    public static let accelBuffering = named("X-Accel-Buffering")
    /// Where a browser's request comes from (W3C Fetch Metadata).
    public static let secFetchSite = named("Sec-Fetch-Site")
    /// What a browser makes of the answer, such as `document` or `image`.
    public static let secFetchDest = named("Sec-Fetch-Dest")
    /// Whether pages of other origins keep a hold of a page that they opened.
    public static let crossOriginOpenerPolicy = named("Cross-Origin-Opener-Policy")
    /// How a kind of request is limited, and how much is left of it (draft-ietf-httpapi-ratelimit-headers-10).
    public static let rateLimitPolicy = named("RateLimit-Policy")
    public static let rateLimit = named("RateLimit")
    /// The addresses that a request came through, as each proxy says.
    public static let forwardedFor = named("X-Forwarded-For")
    /// What a request came by to the proxy, such as `https`.
    public static let forwardedProto = named("X-Forwarded-Proto")
    /// The answer to a challenge that a caller was asked to meet.
    public static let challengeAnswer = named("Challenge-Answer")
    /// What a browser is (User-Agent Client Hints).
    public static let secClientHints = named("Sec-CH-UA")
    /// W3C Trace Context.
    public static let traceParent = named("traceparent")
    public static let traceState = named("tracestate")
}

extension HTTPFields {
    /// Sets the place in the log that the response reflects: `Sequence` for programs, the cookie for browsers.
    public mutating func set(_ token: LogPosition) {
        let text = token.description
        self[.sequence] = text
        self[values: .setCookie].removeAll { $0.hasPrefix(Self.cookieStart) }
        append(HTTPField(name: .setCookie, value: "\(Self.cookieStart)\(text)\(Self.cookieEnd)"))
    }

    /// Leaves a browser the token it has where that is a later one: a session never goes back in time, though an answer
    /// may be of an earlier place than its caller has seen. A replay is, a refusal decided on an old show, or a replica
    /// that says it is behind.
    ///
    /// The number decides, and not the epoch: after a failover an answer of the new epoch may still be of an earlier
    /// place. Should the later one have been lost, the next read says so.
    public mutating func keepLaterCookie(of request: HTTPFields) {
        guard let cookie = Freshness.cookie(request), let seen = LogPosition(cookie),
            let text = self[.sequence], let token = LogPosition(text),
            (seen.position, seen.epoch) > (token.position, token.epoch)
        else { return }
        self[values: .setCookie].removeAll { $0.hasPrefix(Self.cookieStart) }
    }

    /// Makes a browser forget a cookie that no read can be answered with; it could not get rid of it by itself.
    public mutating func clearSequenceCookie() {
        append(HTTPField(name: .setCookie, value: "\(Self.cookieStart)\(Self.cookieEnd); Max-Age=0"))
    }

    private static let cookieStart = "Last-Seen-Sequence="
    private static let cookieEnd = "; Path=/; SameSite=Lax; HttpOnly"
}
