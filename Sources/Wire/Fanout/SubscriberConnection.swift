internal import CZeroMQ

/// One publisher as the subscriber's thread sees it: a socket of its own, so that its silence is seen and can be ended by
/// a new socket.
struct SubscriberConnection {
    let endpoint: FanoutEndpoint
    private(set) var socket: ZeroMQSocket
    /// When the last message came; before the first, when the socket was made.
    private var heardAt: ContinuousClock.Instant
    private var hearing = Hearing.unknown

    private enum Hearing {
        /// Neither a message nor the silence limit yet.
        case unknown
        case heard
        case silent
    }

    private let context: ZeroMQContext
    private let messageBytesMax: Int
    private let keys: (client: CurveKeyPair, server: CurvePublicKey)?

    init(
        to endpoint: FanoutEndpoint, _ configuration: SubscriberConfiguration, in context: ZeroMQContext,
        at now: ContinuousClock.Instant
    ) throws(FanoutError) {
        self.endpoint = endpoint
        self.context = context
        messageBytesMax = configuration.messageBytesMax
        heardAt = now
        if case .curve(let client, _) = configuration.security,
            let server = try configuration.security.serverKey(for: endpoint)
        {
            keys = (client, server)
        } else {
            keys = nil
        }
        do throws(ZeroMQError) {
            socket = try Self.connect(to: endpoint, messageBytesMax, keys, in: context)
        } catch {
            throw FanoutError(error, "the subscriber can't connect to \(endpoint)")
        }
    }

    /// True: it is news.
    mutating func heard(at now: ContinuousClock.Instant) -> Bool {
        heardAt = now
        defer { hearing = .heard }
        return hearing != .heard
    }

    func silenceEnds(after limit: Duration) -> ContinuousClock.Instant { heardAt + limit }

    /// To be called when the silence limit is over. It says what is news of that, if anything is.
    mutating func connectAnew(at now: ContinuousClock.Instant) throws(ZeroMQError) -> SilenceNews? {
        socket.close()
        socket = try Self.connect(to: endpoint, messageBytesMax, keys, in: context)
        heardAt = now
        defer { hearing = .silent }
        switch hearing {
        case .unknown: return .neverHeard
        case .heard: return .fellSilent
        case .silent: return nil
        }
    }

    private static func connect(
        to endpoint: FanoutEndpoint, _ messageBytesMax: Int, _ keys: (client: CurveKeyPair, server: CurvePublicKey)?,
        in context: ZeroMQContext
    ) throws(ZeroMQError) -> ZeroMQSocket {
        let socket = try ZeroMQSocket(.subscribe, in: context)
        try socket.setOptions(SocketOptions(messageBytesMax: Int64(messageBytesMax)))
        try socket.setIPv6(for: endpoint)
        if let keys { try socket.setCurveClient(keys.client, server: keys.server) }
        // Everything: with a topic filter, what is filtered out would look like gaps.
        try socket.set(ZMQ_SUBSCRIBE, [])
        try socket.connect(endpoint.description)
        return socket
    }
}

enum SilenceNews {
    case neverHeard, fellSilent
}
