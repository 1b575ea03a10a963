internal import EventLog
internal import Logging
internal import Synchronization

/// What the publisher's thread owns and does.
final class PublisherLoop {
    let endpoints: [FanoutEndpoint]

    private let configuration: PublisherConfiguration
    private let outbox: Outbox
    private let logger: Logger
    private let context: ZeroMQContext
    private let zap: ZAPHandler?
    private let socket: ZeroMQSocket
    private var throttle = LogThrottle()
    private var head: LogPosition?

    init(_ configuration: PublisherConfiguration, outbox: Outbox, logger: Logger) throws(FanoutError) {
        self.configuration = configuration
        self.outbox = outbox
        self.logger = logger
        do throws(ZeroMQError) {
            context = try ZeroMQContext()
            socket = try ZeroMQSocket(.publish, in: context)
            try socket.setOptions(
                SocketOptions(
                    sendQueueLimit: Int32(configuration.sendQueueLimit),
                    lingerMs: Int32(configuration.linger / .milliseconds(1)),
                    messageBytesMax: SocketOptions.publisherReceiveBytesMax))
            if case .curve(let server, let allowedClients) = configuration.security {
                zap = try ZAPHandler(
                    ZAPAuthenticator(allowedClients: allowedClients), in: context, logger: logger,
                    onFailure: { [outbox] error in outbox.close(error) })
                try socket.setCurveServer(server)
            } else {
                zap = nil
            }
        } catch {
            throw FanoutError(error, "the publisher's socket can't be made")
        }
        var bound: [FanoutEndpoint] = []
        for endpoint in configuration.endpoints {
            do throws(ZeroMQError) {
                try socket.setIPv6(for: endpoint)
                try socket.bind(endpoint.description)
                let actual = try socket.lastEndpoint()
                bound.append(try FanoutEndpoint(reported: actual, for: endpoint))
            } catch {
                throw FanoutError(error, "the publisher can't bind \(endpoint)")
            }
        }
        endpoints = bound
    }

    func run() throws(ZeroMQError) {
        defer {
            // The socket first: a client that came when nobody answers for the allow-list would be let in.
            socket.close()
            zap?.stop()
            context.terminate()
        }
        do throws(ZeroMQError) {
            try sendUntilClosed()
        } catch {
            outbox.close(error)
            logger.error("the fan-out publisher failed", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private func sendUntilClosed() throws(ZeroMQError) {
        var due = ContinuousClock.now + configuration.headInterval
        while true {
            let work = outbox.take()
            head = work.head.map { later(head, $0) } ?? head
            if !work.batches.isEmpty {
                for batch in work.batches { try send(batch) }
                due = .now + configuration.headInterval
            }
            if let failure = work.failure { throw failure }
            if work.isClosed { return }
            if due <= .now {
                if let head { try send(CommittedBatch(head: head)) }
                due = .now + configuration.headInterval
            }
            try outbox.wakeUp.wait(for: due - .now)
        }
    }

    private func send(_ batch: CommittedBatch) throws(ZeroMQError) {
        do throws(CommittedBatch.Inconsistency) {
            try batch.validate()
        } catch {
            // A bug of ours. Followers can't be trusted with it; without it they read the log, which can.
            outbox.statistics.withLock { $0.batchesNotSent += 1 }
            if let suppressed = throttle.admit(at: .now) {
                logger.error(
                    "a batch contradicts itself and is not published",
                    metadata: ["error": "\(error)", "suppressed": "\(suppressed)"])
            }
            return
        }
        head = later(head, LogPosition(epoch: batch.epoch, position: batch.head))
        let message = batch.message(
            bytesMax: configuration.messageBytesMax, eventsMax: configuration.eventsPerMessageMax)
        // A PUB socket drops rather than waits, so it takes every message.
        let sent = try socket.send(message)
        outbox.statistics.withLock { statistics in
            guard sent else {
                statistics.batchesNotSent += 1
                return
            }
            statistics.messages += 1
            statistics.bytes += message.count
            if batch.events.isEmpty { statistics.headStatements += 1 }
        }
    }
}

extension FanoutEndpoint {
    /// What libzmq says it bound for `endpoint`.
    fileprivate init(reported text: String, for endpoint: FanoutEndpoint) throws(ZeroMQError) {
        do throws(FanoutError) {
            try self.init(text)
        } catch {
            throw ZeroMQError(
                code: .invalidArgument, operation: "zmq_getsockopt(ZMQ_LAST_ENDPOINT)",
                message: "\(endpoint) was bound as \(error.message)")
        }
    }
}
