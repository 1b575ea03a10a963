import Brokers
import CRabbitMQ
import Glibc

/// A connection to RabbitMQ with one channel, in confirm mode (https://www.rabbitmq.com/docs/confirms). Used on one thread.
@safe
final class RabbitMQPublisher {
    private static let connectSeconds = 5
    private static let answerSeconds = 10
    /// Calls that wait come back so often.
    private static let waitMilliseconds: Int32 = 500
    /// What may be on its way at once. With less, the server would wait for us; with more, we and it could wait for each other.
    private static let messagesOpenMax = 256
    private static let bytesOpenMax = 1 << 20
    /// An idle connection is kept open, and found broken, by TCP: it has no thread to send heartbeats.
    private static let keepAliveSeconds: Int32 = 60
    private static let lostAfterMilliseconds: Int32 = 30_000

    private let connection: amqp_connection_state_t
    private let target: RabbitMQConfiguration.Target
    private let line: Line
    private var confirms = Confirms()
    private var isBroken = true

    /// - Throws: ``BrokerFailure``.
    init(_ server: RabbitMQURL, _ configuration: RabbitMQConfiguration, line: Line) throws(BrokerFailure) {
        guard let connection = unsafe amqp_new_connection() else { preconditionFailure("no memory for a connection") }
        unsafe self.connection = connection
        target = configuration.target
        self.line = line
        try openSocket(server, authorities: configuration.authorities)
        guard unsafe line.hold(amqp_get_sockfd(connection)) else {
            throw BrokerFailure("no further file can be opened: \(unsafe String(cString: strerror(errno)))")
        }
        try setUp()
        try logIn(server, password: configuration.password)
        isBroken = false
    }

    deinit {
        line.release()
        unsafe amqp_destroy_connection(connection)
    }

    /// Says goodbye to a server that still listens.
    func close() {
        guard !isBroken, !line.isHungUp else { return }
        isBroken = true
        _ = unsafe amqp_connection_close(connection, Int32(AMQP_REPLY_SUCCESS))
    }

    /// Publishes messages, in order, and returns once the server has confirmed each: it is where it should be, durably.
    ///
    /// - Throws: ``BrokerFailure``. Then this is only to be let go.
    func publish(_ messages: [BrokerMessage]) throws(BrokerFailure) {
        guard !isBroken else { throw BrokerFailure("the connection to RabbitMQ is broken") }
        isBroken = true
        var bytesOpen = 0
        for message in messages {
            if confirms.open >= Self.messagesOpenMax || bytesOpen + message.json.count > Self.bytesOpenMax {
                try waitForConfirms()
                bytesOpen = 0
            }
            try publish(message)
            bytesOpen += message.json.count
        }
        try waitForConfirms()
        isBroken = false
    }

    // MARK: Connecting

    private func openSocket(_ server: RabbitMQURL, authorities: String) throws(BrokerFailure) {
        let socket: OpaquePointer?
        if server.hasTLS {
            unsafe socket = amqp_ssl_socket_new(connection)
            if let socket = unsafe socket {
                guard unsafe amqp_ssl_socket_set_cacert(socket, authorities) == AMQP_STATUS_OK.rawValue else {
                    throw BrokerFailure("\(authorities) has no certificates of authorities")
                }
                unsafe amqp_ssl_socket_set_verify_peer(socket, 1)
                unsafe amqp_ssl_socket_set_verify_hostname(socket, 1)
                unsafe amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
            }
        } else {
            unsafe socket = amqp_tcp_socket_new(connection)
        }
        guard let socket = unsafe socket else { throw BrokerFailure("no socket can be made") }
        var timeout = timeval(tv_sec: Self.connectSeconds, tv_usec: 0)
        let status = unsafe amqp_socket_open_noblock(socket, server.host, Int32(server.port), &timeout)
        guard status == AMQP_STATUS_OK.rawValue else { throw Self.failure("RabbitMQ can't be reached", status) }
    }

    private func setUp() throws(BrokerFailure) {
        let socket = unsafe amqp_get_sockfd(connection)
        for (level, option, value) in [
            (SOL_SOCKET, SO_KEEPALIVE, 1), (Int32(IPPROTO_TCP), TCP_KEEPIDLE, Self.keepAliveSeconds),
            (Int32(IPPROTO_TCP), TCP_KEEPINTVL, Self.keepAliveSeconds / 6),
            (Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, Self.lostAfterMilliseconds),
        ] {
            var value = value
            guard unsafe setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
                throw BrokerFailure("the socket can't be set up: \(unsafe String(cString: strerror(errno)))")
            }
        }
        var timeout = timeval(tv_sec: Self.connectSeconds, tv_usec: 0)
        unsafe amqp_set_handshake_timeout(connection, &timeout)
        timeout.tv_sec = Self.answerSeconds
        unsafe amqp_set_rpc_timeout(connection, &timeout)
    }

    private func logIn(_ server: RabbitMQURL, password: String) throws(BrokerFailure) {
        unsafe try expect(
            "RabbitMQ does not let the user \(server.user) in",
            holdfast_amqp_login(connection, server.virtualHost, server.user, password))
        unsafe try expect("RabbitMQ opens no channel", holdfast_amqp_open(connection))
        switch target {
        case .queue(let name):
            unsafe try expect(
                "the queue \(name) can't be used", holdfast_amqp_declare_queue(connection, name, "quorum"))
        case .stream(let name):
            unsafe try expect(
                "the stream \(name) can't be used", holdfast_amqp_declare_queue(connection, name, "stream"))
        case .exchange(let name):
            unsafe try expect("the exchange \(name) can't be used", holdfast_amqp_find_exchange(connection, name))
        }
        unsafe amqp_maybe_release_buffers(connection)
    }

    private func expect(_ what: String, _ outcome: holdfast_amqp_news) throws(BrokerFailure) {
        guard unsafe outcome.kind != HOLDFAST_AMQP_OTHER else { return }
        throw unsafe Self.failure(what, outcome)
    }

    // MARK: Publishing

    private func publish(_ message: BrokerMessage) throws(BrokerFailure) {
        var headers: [CChar] = []
        for header in message.headers where header.name != "content-type" {
            headers += (header.name + "\0" + header.value + "\0").utf8.map(CChar.init(bitPattern:))
        }
        let (exchange, key) =
            switch target {
            case .queue(let name), .stream(let name): ("", name)
            case .exchange(let name): (name, message.type)
            }
        let status = unsafe holdfast_amqp_publish(
            connection, exchange, key, BrokerMessage.contentType, message.id, message.type, headers, headers.count,
            message.json, message.json.count)
        guard status == AMQP_STATUS_OK.rawValue else { throw failure("RabbitMQ takes nothing", status) }
        confirms.publish()
        line.moved()
    }

    private func waitForConfirms() throws(BrokerFailure) {
        while confirms.open > 0 {
            let news = unsafe holdfast_amqp_next(connection, Self.waitMilliseconds)
            switch unsafe news.kind {
            case HOLDFAST_AMQP_CONFIRMED:
                guard unsafe confirms.confirm(news.tag, andAllBefore: news.multiple != 0) else {
                    throw BrokerFailure("RabbitMQ confirms what was never sent")
                }
                line.moved()
            case HOLDFAST_AMQP_REFUSED:
                throw BrokerFailure(
                    "RabbitMQ refuses a message: \(target.name) is full, or can't be written to a majority of its servers"
                )
            case HOLDFAST_AMQP_RETURNED:
                throw unsafe Self.failure("no queue of RabbitMQ takes a message for \(target.name)", news)
            case HOLDFAST_AMQP_CLOSED: throw unsafe Self.failure("RabbitMQ ends the connection", news)
            case HOLDFAST_AMQP_BROKEN: throw unsafe failure("the connection to RabbitMQ is broken", news.code)
            default: break
            }
            unsafe amqp_maybe_release_buffers(connection)
        }
    }

    // MARK: Failures

    /// As below; a line that this program hung up on was silent for too long, or is not wanted any more.
    private func failure(_ what: String, _ status: Int32) -> BrokerFailure {
        line.isHungUp
            ? BrokerFailure("RabbitMQ takes nothing more: it does not answer, or is short of memory or disk")
            : Self.failure(what, status)
    }

    private static func failure(_ what: String, _ status: Int32) -> BrokerFailure {
        BrokerFailure("\(what): \(unsafe String(cString: amqp_error_string2(status)))")
    }

    private static func failure(_ what: String, _ news: holdfast_amqp_news) -> BrokerFailure {
        if unsafe news.kind == HOLDFAST_AMQP_BROKEN { return unsafe failure(what, news.code) }
        let text = unsafe String(
            decoding: UnsafeRawBufferPointer(start: news.text.bytes, count: news.text.len), as: UTF8.self)
        return BrokerFailure("\(what): \(unsafe news.code) \(text)")
    }
}
