import Domain
public import EventLog
import Feed

/// An event of the log as message brokers get it.
public struct BrokerMessage: Sendable {
    /// How the value is written: CloudEvents' structured mode.
    public static let contentType = "application/cloudevents+json; charset=UTF-8"

    /// Where the event stands in the log: who has seen this place, or a later one, has seen the event.
    public var place: LogPosition
    /// The event's type, such as `holdfast.SeatsSold.v1`.
    public var type: String
    /// What is kept in order: the show's id, or the path of what the event is about.
    public var key: String
    /// The stream that the event belongs to, and its place there: from 1, without gaps.
    public var stream: String
    public var streamVersion: Int64
    /// The event as the feed has it, a CloudEvent.
    public var json: [UInt8]

    /// The attribute `id` of the CloudEvent, by which a repeat is known.
    public var id: String { place.description }

    /// - Parameter told: the same event, as the feed tells it.
    init(_ event: RecordedEvent, _ told: FeedEvent) {
        place = told.place
        type = event.feedType
        key = told.subject.hasPrefix(Self.showPath) ? String(told.subject.dropFirst(Self.showPath.count)) : told.subject
        stream = event.stream.rawValue
        streamVersion = event.streamVersion
        json = told.json
    }

    /// What the subject of events begins with that are of a show.
    private static let showPath = "shows/"

    /// What stands beside the value: the attributes that a consumer may want before it parses anything, named as in CloudEvents'
    /// binding for Kafka.
    public var headers: [(name: String, value: String)] {
        [
            ("content-type", Self.contentType), ("ce_specversion", "1.0"), ("ce_id", id),
            ("ce_source", FeedReader.source),
            ("ce_type", type), ("ce_sequence", place.feedSequence), ("holdfast_stream", stream),
            ("holdfast_stream_version", String(streamVersion)),
        ]
    }
}

/// Makes messages of the log's events, page by page.
struct BrokerMessages: Sendable {
    private var reader: FeedReader

    /// - Parameters:
    ///   - start: the next events come after this place.
    ///   - bytesMax: an event whose JSON is larger goes without its data, and says where that is.
    init(
        after start: LogPosition, in epochs: EpochHistory, bytesMax: Int, owner: @escaping FeedReader.OwnerReader
    ) {
        reader = FeedReader(
            FeedSelection { _, _ in true }, after: start, in: epochs, bytesMax: bytesMax, owner: owner)
    }

    /// One message for each event.
    ///
    /// - Throws: what ``FeedReader/take(_:)`` throws; then nothing was taken.
    mutating func take(_ page: [RecordedEvent]) async throws -> [BrokerMessage] {
        let told = try await reader.take(page)
        precondition(told.count == page.count, "who may see everything is told of everything")
        return zip(page, told).map { BrokerMessage($0, $1) }
    }
}
