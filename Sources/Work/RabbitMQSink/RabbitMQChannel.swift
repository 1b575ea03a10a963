import Brokers
import EventLog
import Threads

/// A connection to RabbitMQ on a thread of its own: librabbitmq's calls block.
actor RabbitMQChannel: BrokerChannel {
    private let configuration: RabbitMQConfiguration
    private let first: Int
    private nonisolated let executor = ThreadExecutor(threadName: "holdfast-rabbitmq")
    private nonisolated let line = Line()
    private var publisher: RabbitMQPublisher?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// - Parameter first: number of the server that is tried first; the others follow in turn.
    init(_ configuration: RabbitMQConfiguration, startingAt first: Int) {
        self.configuration = configuration
        self.first = first
    }

    deinit { executor.shutDown() }

    /// - Throws: ``BrokerFailure``.
    nonisolated func open() async throws {
        try await withTaskCancellationHandler {
            try await connect()
        } onCancel: {
            line.hangUp()
        }
    }

    /// A server that takes and confirms nothing for long is hung up on: the call that waits for it then ends.
    nonisolated func send(_ messages: [BrokerMessage]) async throws {
        line.moved()
        try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: Void.self) { [line] group in
                group.addTask { await line.watch() }
                defer { group.cancelAll() }
                try await self.publish(messages)
            }
        } onCancel: {
            line.hangUp()
        }
    }

    func close() {
        publisher?.close()
        publisher = nil
    }

    private func connect() throws {
        var failures: [String] = []
        let servers = configuration.servers
        for number in servers.indices {
            let server = servers[(first % servers.count + number) % servers.count]
            do throws(BrokerFailure) {
                publisher = try RabbitMQPublisher(server, configuration, line: line)
                return
            } catch {
                failures.append("\(server.host):\(server.port): \(error)")
            }
            if line.isHungUp { throw CancellationError() }
        }
        throw BrokerFailure(failures.joined(separator: "; "))
    }

    private func publish(_ messages: [BrokerMessage]) throws {
        guard let publisher else { throw BrokerFailure("the connection to RabbitMQ is closed") }
        try publisher.publish(messages)
    }
}
