import Brokers
import Logging
import Synchronization
import Threads

/// A producer of Kafka's on a thread of its own: librdkafka's calls block.
actor KafkaChannel: BrokerChannel {
    /// For finding out about the topic.
    private static let openTimeout = Duration.seconds(10)
    /// After so long without any confirmation, messages count as not taken.
    private static let confirmTimeout = Duration.seconds(30)

    private let configuration: KafkaConfiguration
    private let logger: Logger
    private nonisolated let executor = ThreadExecutor(threadName: "holdfast-kafka")
    private nonisolated let isStopped = Atomic<Bool>(false)
    private var producer: KafkaProducer?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(_ configuration: KafkaConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    deinit { executor.shutDown() }

    /// - Throws: ``BrokerFailure``; `CancellationError`.
    nonisolated func open() async throws {
        try await withTaskCancellationHandler {
            try await start()
        } onCancel: {
            isStopped.store(true, ordering: .relaxed)
        }
    }

    nonisolated func send(_ messages: [BrokerMessage]) async throws {
        try await withTaskCancellationHandler {
            try await produce(messages)
        } onCancel: {
            isStopped.store(true, ordering: .relaxed)
        }
    }

    func close() { producer = nil }

    private func start() throws {
        let producer = try KafkaProducer(configuration, logger: logger)
        self.producer = producer
        try producer.findTopic(within: Self.openTimeout, checking: checkStop)
    }

    private func produce(_ messages: [BrokerMessage]) throws {
        guard let producer else { throw BrokerFailure("the connection to Kafka is closed") }
        try producer.send(messages, timeout: Self.confirmTimeout, checking: checkStop)
    }

    private nonisolated func checkStop() throws(CancellationError) {
        if isStopped.load(ordering: .relaxed) { throw CancellationError() }
    }
}
