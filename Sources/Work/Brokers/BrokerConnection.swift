public import EventLog
public import Feed
public import Sinks

/// A broker that takes messages, in order.
public protocol BrokerChannel: Sendable {
    /// Sends messages, and returns once the broker has confirmed each.
    ///
    /// - Throws: when one is not confirmed; the channel is only to be closed then. A cancelled task ends the wait.
    func send(_ messages: [BrokerMessage]) async throws
    func close() async
}

/// Puts the log's events into a broker, each as a CloudEvent of the feed.
public actor BrokerConnection: SinkConnection {
    private let channel: any BrokerChannel
    private var messages: BrokerMessages

    /// - Parameters:
    ///   - start: the next events come after this place.
    ///   - bytesMax: an event whose JSON is larger goes without its data, and says where that is.
    ///   - owner: says whose a show is.
    public init(
        _ channel: any BrokerChannel, after start: LogPosition, in epochs: EpochHistory, bytesMax: Int,
        owner: @escaping FeedReader.OwnerReader
    ) {
        self.channel = channel
        messages = BrokerMessages(after: start, in: epochs, bytesMax: bytesMax, owner: owner)
    }

    public func put(_ events: [RecordedEvent]) async throws {
        var messages = self.messages
        let page = try await messages.take(events)
        self.messages = messages
        try await channel.send(page)
    }

    public func close() async { await channel.close() }
}
