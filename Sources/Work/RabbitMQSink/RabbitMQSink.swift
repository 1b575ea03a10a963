import Brokers
public import EventLog
public import Feed
public import Sinks
import Synchronization

/// Puts the log's events into a queue, a stream or an exchange of RabbitMQ, in the log's order.
///
/// **At least once, in order, without gaps.** One channel publishes everything, so a queue has it in order, and each connection's
/// messages are a first part of what it should send. A new connection begins at or before where any former one ended. So however
/// the messages of two connections mix, every event appears for the first time after all that stand before it in the log.
/// Consumers pass over what is not later than what they have, by `ce_sequence`. Where a queue refuses a message, it may take some
/// that follow at once; they are sent again behind it, and `previous` tells that they came too early.
public struct RabbitMQSink: EventSink {
    public let name: String
    public let beginsAtHead = false
    private let configuration: RabbitMQConfiguration
    private let owner: FeedReader.OwnerReader
    private let connections = Connections()

    /// - Parameter owner: says whose a show is.
    public init(_ configuration: RabbitMQConfiguration, owner: @escaping FeedReader.OwnerReader) {
        // Another queue is told from the beginning.
        name = "rabbitmq:\(configuration.target.name)"
        self.configuration = configuration
        self.owner = owner
    }

    /// - Throws: ``BrokerFailure``: no server can be reached, or the queue can't be used.
    public func connect(after start: LogPosition, in epochs: EpochHistory) async throws -> any SinkConnection {
        let channel = RabbitMQChannel(configuration, startingAt: connections.next())
        do {
            try await channel.open()
        } catch {
            await channel.close()
            throw error
        }
        return BrokerConnection(
            channel, after: start, in: epochs, bytesMax: RabbitMQConfiguration.jsonBytesMax, owner: owner)
    }
}

/// Counts connections, so that each begins with another server: one that lets us in may still confirm nothing.
private final class Connections: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}
