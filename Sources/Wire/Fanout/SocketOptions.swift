internal import CZeroMQ

extension ZeroMQSocket {
    /// What every socket of the fan-out needs set, because the default bites.
    func setOptions(_ options: SocketOptions) throws(ZeroMQError) {
        try set(ZMQ_SNDHWM, options.sendQueueLimit)
        try set(ZMQ_RCVHWM, SocketOptions.receiveQueueLimit)
        try set(ZMQ_LINGER, options.lingerMs)
        try set(ZMQ_MAXMSGSIZE, int64: options.messageBytesMax)
        try set(ZMQ_HANDSHAKE_IVL, SocketOptions.handshakeTimeoutMs)
        try set(ZMQ_HEARTBEAT_IVL, SocketOptions.heartbeatIntervalMs)
        try set(ZMQ_HEARTBEAT_TIMEOUT, SocketOptions.heartbeatTimeoutMs)
        try set(ZMQ_HEARTBEAT_TTL, SocketOptions.heartbeatTimeoutMs)
        try set(ZMQ_TCP_KEEPALIVE, 1)
        try set(ZMQ_TCP_KEEPALIVE_IDLE, SocketOptions.keepaliveIdleSeconds)
        try set(ZMQ_TCP_KEEPALIVE_INTVL, SocketOptions.keepaliveIntervalSeconds)
        try set(ZMQ_TCP_KEEPALIVE_CNT, SocketOptions.keepaliveCount)
        try set(ZMQ_CONNECT_TIMEOUT, SocketOptions.connectTimeoutMs)
        try set(ZMQ_RECONNECT_IVL, SocketOptions.reconnectIntervalMs)
        try set(ZMQ_RECONNECT_IVL_MAX, SocketOptions.reconnectIntervalMsMax)
    }

    /// For the endpoint bound or connected next. Only where it is an IPv6 address: with it, libzmq reports and resolves
    /// IPv4 addresses as mapped ones.
    func setIPv6(for endpoint: FanoutEndpoint) throws(ZeroMQError) {
        try set(ZMQ_IPV6, endpoint.isIPv6 ? 1 : 0)
    }
}

struct SocketOptions {
    /// ZMQ_SNDHWM: messages queued for each subscriber that does not keep up; beyond it they are dropped for this one,
    /// which reads them from the log. The default, 1000, is two seconds at 500 batches a second, about 10 MB.
    var sendQueueLimit: Int32 = 1000
    /// ZMQ_LINGER: how long a closed socket still tries to send. The default is for ever, and would hang the shutdown.
    var lingerMs: Int32 = 0
    /// ZMQ_MAXMSGSIZE: a peer that announces more is disconnected before memory is spent. The default is no limit.
    var messageBytesMax: Int64

    /// ZMQ_RCVHWM, 0: no limit *inside libzmq*. In 4.3.4, a connection that heartbeats time out while its receive queue
    /// is full aborts the process when the queue is read again (libzmq issues 3937, 4364 and 4767). So the queue
    /// never fills: the subscriber's thread empties it into an ``Intake``, which has the limit. A publisher receives
    /// only subscriptions, and takes them at least once a second.
    static let receiveQueueLimit: Int32 = 0
    /// ZMQ_HANDSHAKE_IVL: a peer that connects and says nothing is cut off; the default is 30 seconds.
    static let handshakeTimeoutMs: Int32 = 10_000
    /// ZMQ_HEARTBEAT_IVL, off by default: TCP alone notices a vanished peer only when it sends, and a subscriber never
    /// does. The pings are answered by libzmq's I/O thread, however busy the process is.
    static let heartbeatIntervalMs: Int32 = 2_000
    /// ZMQ_HEARTBEAT_TIMEOUT and ZMQ_HEARTBEAT_TTL: silence for this long ends the connection, on our side and, if the
    /// peer understands, on its side. Three pings.
    static let heartbeatTimeoutMs: Int32 = 6_000
    /// TCP keep-alive, for middle boxes that forget idle connections, and for a connection before its handshake.
    static let keepaliveIdleSeconds: Int32 = 30
    static let keepaliveIntervalSeconds: Int32 = 10
    static let keepaliveCount: Int32 = 3
    /// ZMQ_CONNECT_TIMEOUT: the system's own patience with a host that does not answer is minutes.
    static let connectTimeoutMs: Int32 = 5_000
    /// ZMQ_RECONNECT_IVL and its maximum, doubled up to it: a publisher that comes back is heard within two seconds, and
    /// one that stays away costs little.
    static let reconnectIntervalMs: Int32 = 100
    static let reconnectIntervalMsMax: Int32 = 2_000

    // ZMQ_IMMEDIATE stays off: a publisher that binds has no use for it, and a subscriber sends nothing but its
    // subscription, which libzmq repeats on every connection.

    /// A publisher receives nothing but subscriptions and CURVE handshakes (some 400 bytes), partly from peers
    /// that have not proved who they are.
    static let publisherReceiveBytesMax: Int64 = 4096
}

/// libzmq says for each mechanism whether it was built in.
func requireCurve() throws(FanoutError) {
    guard unsafe zmq_has("curve") == 1 else {
        throw FanoutError(code: .curveUnavailable, message: "this libzmq was built without CURVE")
    }
}

extension ZeroMQSocket {
    /// The ZAP domain makes libzmq ask the handler, ``ZAPHandler``, about every client.
    func setCurveServer(_ pair: CurveKeyPair) throws(ZeroMQError) {
        try set(ZMQ_ZAP_DOMAIN, Array(ZAPAuthenticator.domain.utf8))
        try set(ZMQ_CURVE_SERVER, 1)
        try set(ZMQ_CURVE_SECRETKEY, pair.secretBytes)
    }

    func setCurveClient(_ pair: CurveKeyPair, server: CurvePublicKey) throws(ZeroMQError) {
        try set(ZMQ_CURVE_PUBLICKEY, pair.publicKey.bytes)
        try set(ZMQ_CURVE_SECRETKEY, pair.secretBytes)
        try set(ZMQ_CURVE_SERVERKEY, server.bytes)
    }
}
