internal import EventLog
internal import Logging
internal import Synchronization

/// What the subscriber's thread owns and does.
final class SubscriberLoop {
    private let configuration: SubscriberConfiguration
    private let shared: SubscriberShared
    private let output: AsyncStream<CommittedBatch>.Continuation
    private let logger: Logger
    private let context: ZeroMQContext
    private var connections: [SubscriberConnection] = []
    private var intake: Intake
    private var malformedThrottle = LogThrottle()
    private var droppedThrottle = LogThrottle()

    init(
        _ configuration: SubscriberConfiguration, shared: SubscriberShared,
        output: AsyncStream<CommittedBatch>.Continuation, logger: Logger
    ) throws(FanoutError) {
        self.configuration = configuration
        self.shared = shared
        self.output = output
        self.logger = logger
        intake = Intake(limit: configuration.intakeLimit, bytesMax: configuration.intakeBytesMax)
        do throws(ZeroMQError) {
            context = try ZeroMQContext()
        } catch {
            throw FanoutError(error, "the subscriber's context can't be made")
        }
        let now = ContinuousClock.now
        for endpoint in configuration.endpoints {
            connections.append(try SubscriberConnection(to: endpoint, configuration, in: context, at: now))
        }
        shared.statistics.withLock { $0.silentEndpoints = configuration.endpoints.count }
    }

    func run() throws(ZeroMQError) {
        defer {
            for connection in connections { connection.socket.close() }
            context.terminate()
            output.finish()
        }
        do throws(ZeroMQError) {
            while !shared.stopping.isRaised {
                if intake.isEmpty { try wait() }
                // Everything that is there is taken before every decoding, so that nothing piles up in libzmq; see
                // SocketOptions.receiveQueueLimit.
                for index in connections.indices { try receive(from: &connections[index]) }
                if let message = intake.next() { deliver(message) }
            }
        } catch {
            logger.error("the fan-out subscriber failed", metadata: ["error": "\(error)"])
            throw error
        }
    }

    private func wait() throws(ZeroMQError) {
        let next = connections.map { $0.silenceEnds(after: configuration.silenceLimit) }.min()
        try shared.wakeUp.wait(orReceiveFrom: connections.map(\.socket), for: next.map { $0 - .now })
    }

    private func receive(from connection: inout SubscriberConnection) throws(ZeroMQError) {
        var messages = 0
        var bytes = 0
        var malformed = 0
        var dropped = 0
        while messages < configuration.intakeLimit, let message = try connection.socket.receive(framesMax: 1) {
            messages += 1
            bytes += message.frames[0].count
            if message.framesLeftOut == 0 {
                dropped += intake.add(message.frames[0])
            } else {
                malformed += 1
                refuse("\(message.framesLeftOut + 1) frames")
            }
        }
        let now = ContinuousClock.now
        if messages == 0 {
            if connection.silenceEnds(after: configuration.silenceLimit) <= now { try revive(&connection, at: now) }
            return
        }
        let isNew = connection.heard(at: now)
        shared.statistics.withLock { statistics in
            statistics.messages += messages
            statistics.bytes += bytes
            statistics.malformed += malformed
            if isNew { statistics.silentEndpoints -= 1 }
        }
        if isNew { logger.info("hearing a publisher", metadata: ["endpoint": "\(connection.endpoint)"]) }
        if dropped > 0 { drop(dropped) }
    }

    private func revive(_ connection: inout SubscriberConnection, at now: ContinuousClock.Instant) throws(ZeroMQError) {
        guard let news = try connection.connectAnew(at: now) else { return }
        if news == .fellSilent { shared.statistics.withLock { $0.silentEndpoints += 1 } }
        logger.warning(
            "a publisher is silent; connecting to it anew until it is heard",
            metadata: ["endpoint": "\(connection.endpoint)", "silence": "\(configuration.silenceLimit)"])
    }

    private func deliver(_ message: [UInt8]) {
        do throws(FanoutDecodingError) {
            let batch = try CommittedBatch(decoding: message)
            if case .dropped = output.yield(batch) { drop(1) }
        } catch {
            shared.statistics.withLock { $0.malformed += 1 }
            refuse("\(error)")
        }
    }

    private func refuse(_ why: String) {
        guard let suppressed = malformedThrottle.admit(at: .now) else { return }
        logger.warning(
            "dropped a malformed fan-out message", metadata: ["reason": "\(why)", "suppressed": "\(suppressed)"])
    }

    private func drop(_ count: Int) {
        shared.statistics.withLock { $0.dropped += count }
        guard let suppressed = droppedThrottle.admit(at: .now) else { return }
        logger.info(
            "behind the fan-out: dropped the oldest, to be read from the log",
            metadata: ["dropped": "\(count)", "suppressed": "\(suppressed)"])
    }
}
