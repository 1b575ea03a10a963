public struct PublisherConfiguration: Sendable {
    /// Where to bind; at least one. A port of `*` takes any free one, see ``Publisher/endpoints``.
    public var endpoints: [FanoutEndpoint]
    public var security: PublisherSecurity
    /// How long the log's head goes unsaid when nothing is committed. It covers the last message before a pause, which no
    /// later one would betray as lost.
    public var headInterval: Duration
    /// Messages queued for each subscriber that does not keep up, 1 to 1,000,000; what is beyond them it has to
    /// read from the log.
    public var sendQueueLimit: Int
    /// Batches waiting for the publisher's thread; one more is not sent. Each is a commit under way, so there are as
    /// many as there are concurrent appends.
    public var pendingLimit: Int
    /// How long the shutdown waits for subscribers to take what was sent before, at most a minute.
    public var linger: Duration
    /// Smaller in tests; receivers refuse anything larger than ``FanoutLimits``.
    var messageBytesMax = FanoutLimits.messageBytesMax
    var eventsPerMessageMax = FanoutLimits.eventsPerMessageMax

    public init(
        endpoints: [FanoutEndpoint], security: PublisherSecurity = .local, headInterval: Duration = .seconds(1),
        sendQueueLimit: Int = 1000, pendingLimit: Int = 1024, linger: Duration = .seconds(1)
    ) {
        self.endpoints = endpoints
        self.security = security
        self.headInterval = headInterval
        self.sendQueueLimit = sendQueueLimit
        self.pendingLimit = pendingLimit
        self.linger = linger
    }

    func check() throws(FanoutError) {
        try security.check(endpoints)
        func require(_ holds: Bool, _ rule: String) throws(FanoutError) {
            guard holds else { throw FanoutError(code: .invalidConfiguration, message: rule) }
        }
        try require(headInterval > .zero, "headInterval is above 0")
        try require((1...1_000_000).contains(sendQueueLimit), "sendQueueLimit is 1 to 1,000,000")
        try require(pendingLimit >= 1, "pendingLimit is at least 1")
        try require((.zero ... .seconds(60)).contains(linger), "linger is 0 to 60 seconds")
    }
}

/// What a publisher did so far.
public struct PublisherStatistics: Equatable, Sendable {
    /// Messages handed to ZeroMQ, statements of the head included.
    public var messages = 0
    public var bytes = 0
    /// Messages that only stated the head.
    public var headStatements = 0
    /// Batches that were not sent: too many were waiting, the publisher was closed, or the batch contradicted itself.
    public var batchesNotSent = 0

    public init() {}
}
