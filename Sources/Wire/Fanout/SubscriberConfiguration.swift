public struct SubscriberConfiguration: Sendable {
    /// The publishers to follow; at least one. They need not exist yet, and may come and go.
    public var endpoints: [FanoutEndpoint]
    public var security: SubscriberSecurity
    /// Batches that wait for the one who reads ``Subscriber/batches``; beyond it the oldest is dropped, and the gap is
    /// to be read from the log. About two seconds at 500 batches a second.
    public var bufferLimit: Int
    /// A publisher that says nothing for this long is connected to anew, every time. It states the head once a second, and
    /// libzmq gives a connection up for ever when the peer once broke the protocol or refused our key.
    public var silenceLimit: Duration
    /// Messages, and their bytes, received but not yet decoded; beyond either the oldest is dropped.
    var intakeLimit = 4096
    var intakeBytesMax = 2 * FanoutLimits.messageBytesMax
    var messageBytesMax = FanoutLimits.messageBytesMax

    public init(
        endpoints: [FanoutEndpoint], security: SubscriberSecurity = .local, bufferLimit: Int = 1024,
        silenceLimit: Duration = .seconds(10)
    ) {
        self.endpoints = endpoints
        self.security = security
        self.bufferLimit = bufferLimit
        self.silenceLimit = silenceLimit
    }

    func check() throws(FanoutError) {
        func require(_ holds: Bool, _ rule: String) throws(FanoutError) {
            guard holds else { throw FanoutError(code: .invalidConfiguration, message: rule) }
        }
        try require(!endpoints.isEmpty, "a subscriber needs an endpoint to connect to")
        // One socket each; a libzmq context has 1023.
        try require(endpoints.count <= 256, "a subscriber has at most 256 endpoints")
        try require(Set(endpoints).count == endpoints.count, "an endpoint twice would deliver everything twice")
        try require(bufferLimit >= 1, "bufferLimit is at least 1")
        try require(silenceLimit > .zero, "silenceLimit is above 0")
        for endpoint in endpoints {
            guard !endpoint.hasWildcard else {
                throw FanoutError(code: .invalidEndpoint, message: "a subscriber can't connect to \(endpoint)")
            }
            if try security.serverKey(for: endpoint) != nil { try requireCurve() }
        }
    }
}

/// What a subscriber received so far.
public struct SubscriberStatistics: Equatable, Sendable {
    /// Messages taken from ZeroMQ, whatever they were.
    public var messages = 0
    public var bytes = 0
    /// Messages that were no batch.
    public var malformed = 0
    /// Batches and statements that were dropped because they were not read in time.
    public var dropped = 0
    /// Endpoints that are not heard: not for the silence limit, or not yet.
    public var silentEndpoints = 0

    public init() {}
}
