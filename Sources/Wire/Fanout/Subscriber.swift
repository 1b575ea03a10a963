public import EventLog
public import Logging
public import ServiceLifecycle
internal import Synchronization
internal import Threads

/// Hears what command nodes commit, over a ZeroMQ SUB socket.
///
/// What it delivers is checked but may have gaps, repetitions and any interleaving of several publishers; the follower
/// puts it in order. It receives from the moment the initialiser returns, on a thread of its own, until ``run()`` ends
/// or ``shutdown()`` is called.
public final class Subscriber: Service {
    /// What was heard, for one reader, once. It ends when the subscriber does.
    public let batches: AsyncStream<CommittedBatch>

    private let shared: SubscriberShared
    private let thread: DedicatedThread<ZeroMQError>

    /// Connects to the endpoints, without waiting for them. Throws where an endpoint can't be used, or could be a stranger's.
    public init(_ configuration: SubscriberConfiguration, logger: Logger) throws(FanoutError) {
        try configuration.check()
        do throws(ZeroMQError) {
            shared = SubscriberShared(wakeUp: try WakeUp())
        } catch {
            throw FanoutError(error, "the subscriber can't start")
        }
        let (batches, continuation) = AsyncStream.makeStream(
            of: CommittedBatch.self, bufferingPolicy: .bufferingNewest(configuration.bufferLimit))
        self.batches = batches
        let loop = try SubscriberLoop(configuration, shared: shared, output: continuation, logger: logger)
        thread = DedicatedThread(named: "subscriber") { () throws(ZeroMQError) in try loop.run() }
    }

    deinit { shared.stop() }

    public var statistics: SubscriberStatistics { shared.statistics.withLock { $0 } }

    /// Returns after a graceful shutdown or cancellation; throws if the socket failed.
    public func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await thread.end()
        } onCancelOrGracefulShutdown: { [shared] in
            shared.stop()
        }
    }

    /// The same end, without a `ServiceGroup`.
    public func shutdown() async throws(ZeroMQError) {
        shared.stop()
        try await thread.end()
    }
}

/// Between a subscriber and its thread.
final class SubscriberShared: Sendable {
    let wakeUp: WakeUp
    let stopping = Flag()
    let statistics = Mutex(SubscriberStatistics())

    init(wakeUp: WakeUp) { self.wakeUp = wakeUp }

    func stop() {
        stopping.raise()
        wakeUp.signal()
    }
}
