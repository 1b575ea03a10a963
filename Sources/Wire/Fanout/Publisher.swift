public import EventLog
public import Logging
public import ServiceLifecycle
internal import Synchronization
internal import Threads

/// Tells everybody who follows the log what was just committed, over a ZeroMQ PUB socket.
///
/// It never waits for a subscriber, and never fails a commit: what is not heard is read from the log. The socket is bound
/// once the initialiser returns, and lives on a thread of its own until ``run()`` ends or ``shutdown()`` is called.
public final class Publisher: Service {
    /// Where it is bound, in the configuration's order, wildcards resolved.
    public let endpoints: [FanoutEndpoint]

    private let outbox: Outbox
    private let thread: DedicatedThread<ZeroMQError>

    /// Binds the endpoints. Throws where one can't be bound, or would let strangers listen.
    public init(_ configuration: PublisherConfiguration, logger: Logger) throws(FanoutError) {
        try configuration.check()
        do throws(ZeroMQError) {
            outbox = Outbox(pendingLimit: configuration.pendingLimit, wakeUp: try WakeUp())
        } catch {
            throw FanoutError(error, "the publisher can't start")
        }
        let loop = try PublisherLoop(configuration, outbox: outbox, logger: logger)
        endpoints = loop.endpoints
        thread = DedicatedThread(named: "publisher") { () throws(ZeroMQError) in try loop.run() }
    }

    deinit { outbox.close() }

    /// Hands the batch over without waiting, for anybody: it is sent after those that were handed over before, or dropped, which
    /// ``statistics`` and the service's log tell.
    public func post(_ batch: CommittedBatch) { _ = outbox.post(batch) }

    /// The head to be stated when nothing is published. An older one than is known already changes nothing.
    public func state(head: LogPosition) { outbox.state(head: head) }

    public var statistics: PublisherStatistics { outbox.statistics.withLock { $0 } }

    /// Returns after a graceful shutdown or cancellation, when everything published before is sent or the linger time
    /// is over; throws if the socket failed.
    public func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await thread.end()
        } onCancelOrGracefulShutdown: { [outbox] in
            outbox.close()
        }
    }

    /// The same end, without a `ServiceGroup`.
    public func shutdown() async throws(ZeroMQError) {
        outbox.close()
        try await thread.end()
    }
}
