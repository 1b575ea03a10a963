import Brokers
public import EventLog
public import Feed
public import Logging
public import Sinks

/// Puts the log's events into a topic of Kafka, those of one key in the log's order.
///
/// **At least once, in order, without gaps.** The producer is idempotent: within one connection, each partition gets what it
/// should, once each, in order, or a first part of it. A new connection begins at or before where any former one ended. So
/// however the streams of two producers mix (one is stopped for a while, or its last messages are still on their way when the
/// next has begun), every event appears for the first time after all those of its partition that stand before it in the log.
/// Consumers pass over what is not later than what they have, by `ce_sequence`. No transactions are needed for that, and none of
/// the rights and topics that these ask for.
public struct KafkaSink: EventSink {
    public let name: String
    public let beginsAtHead = false
    private let configuration: KafkaConfiguration
    private let owner: FeedReader.OwnerReader
    private let logger: Logger

    /// - Parameter owner: says whose a show is.
    public init(_ configuration: KafkaConfiguration, owner: @escaping FeedReader.OwnerReader, logger: Logger) {
        // Another topic is told from the beginning.
        name = "kafka:\(configuration.topic)"
        self.configuration = configuration
        self.owner = owner
        self.logger = logger
    }

    /// - Throws: ``BrokerFailure``: no broker can be reached, or none takes messages for the topic.
    public func connect(after start: LogPosition, in epochs: EpochHistory) async throws -> any SinkConnection {
        let channel = KafkaChannel(configuration, logger: logger)
        do {
            try await channel.open()
        } catch {
            await channel.close()
            throw error
        }
        return BrokerConnection(channel, after: start, in: epochs, bytesMax: configuration.jsonBytesMax, owner: owner)
    }
}
