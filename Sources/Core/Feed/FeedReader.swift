public import Domain
public import EventLog
import Text

/// An event as the feed tells it.
public struct FeedEvent: Sendable {
    public var place: LogPosition
    /// As the log names it: `SeatsSold`.
    public var type: String
    /// What it is about, as the resource's path below `/api/v1/`: `shows/7k3v9qd2m8xw4c1t`.
    public var subject: String
    /// A CloudEvent, one JSON object without line breaks.
    public var json: [UInt8]
}

/// Reads the log as CloudEvents (https://github.com/cloudevents/spec, version 1.0) for one reader, page by page.
///
/// Each event says the `sequence` of the one before it in this feed, so a reader that keeps the last one it handled finds
/// out about every gap. What the reader does not ask for, or must not see, is passed over: ``checkpoint()`` says how far.
public struct FeedReader: Sendable {
    /// An event of the log that this program can't tell of.
    public struct Unreadable: Error, Equatable, Sendable, CustomStringConvertible {
        public var position: Int64
        public var description: String { "the event \(position) can't be read by this version" }
    }

    /// A page of the log does not begin where the one before it ended.
    public struct OutOfOrder: Error, Equatable, Sendable {}

    /// Whose a show is; nil: the instance's own.
    public typealias OwnerReader = @Sendable (ShowID) async throws -> OrganisationID?

    /// An event that the reader is told of, and what its JSON says besides.
    private struct Told: Sendable {
        var event: RecordedEvent
        var subject: String
        var organisation: OrganisationID?
        var place: LogPosition
        var previous: LogPosition
    }

    /// Events from which on two threads write them.
    private static let halvedMin = 64

    /// The attribute `source` of every event.
    public static let source = "/api/v1"

    private let selection: FeedSelection
    private let epochs: EpochHistory
    private let bytesMax: Int
    private let owner: OwnerReader
    /// How far the log was looked at.
    public private(set) var position: Int64
    /// The event or checkpoint that was written last, or where the reader began.
    public private(set) var last: LogPosition

    /// - Parameters:
    ///   - start: up to where the log was looked at.
    ///   - last: the event or checkpoint that the reader has seen last; nil: `start`.
    ///   - bytesMax: an event whose JSON is larger goes without `data`, and says in `dataref` where it is whole
    ///     (https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/dataref.md).
    public init(
        _ selection: FeedSelection, after start: LogPosition, last: LogPosition? = nil, in epochs: EpochHistory,
        bytesMax: Int = .max, owner: @escaping OwnerReader
    ) {
        self.selection = selection
        self.epochs = epochs
        self.bytesMax = bytesMax
        self.owner = owner
        position = start.position
        self.last = last ?? start
    }

    /// The events among `page` that the selection asks for.
    ///
    /// - Parameter page: what the log has after ``position``, in order.
    /// - Throws: ``Unreadable``, ``OutOfOrder``, and what the reader of owners throws. Then nothing of the page was taken.
    public mutating func take(_ page: [RecordedEvent]) async throws -> [FeedEvent] {
        guard page.isEmpty || page[0].position == position + 1 else { throw OutOfOrder() }
        var told: [Told] = []
        told.reserveCapacity(page.count)
        var previous = last
        var stop: Unreadable?
        for event in page where selection.asks(for: event) {
            guard let subject = FeedSubject(event) else {
                stop = Unreadable(position: event.position)
                break
            }
            let organisation: OrganisationID?
            var show: ShowID?
            switch subject {
            case .show(let id):
                show = id
                organisation = try await owner(id)
            case .organisation(let id): organisation = id
            case .venue(_, let id): organisation = id
            }
            guard selection.maySee(organisation, show) else { continue }
            let place = LogPosition(epoch: epochs.epoch(of: event.position), position: event.position)
            told.append(
                Told(event: event, subject: subject.path, organisation: organisation, place: place, previous: previous))
            previous = place
        }
        let events = try await encoded(told)
        if let stop { throw stop }
        last = previous
        if let end = page.last { position = end.position }
        return events
    }

    /// Half of many is written beside the other half: one reader of a long log gets more than one core can do.
    ///
    /// - Throws: ``Unreadable``, of the first one.
    private func encoded(_ told: [Told]) async throws -> [FeedEvent] {
        guard told.count >= Self.halvedMin else { return try told.map(encoded) }
        let middle = told.count / 2
        async let second = told[middle...].map(encoded)
        return try told[..<middle].map(encoded) + (await second)
    }

    private func encoded(_ told: Told) throws(Unreadable) -> FeedEvent {
        var bytes = try json(told, isWhole: true)
        if bytes.count > bytesMax { bytes = try json(told, isWhole: false) }
        return FeedEvent(place: told.place, type: told.event.event.type, subject: told.subject, json: bytes)
    }

    /// The events among `page` that the selection asks for, up to the first one that this program can't tell of.
    ///
    /// - Parameter page: what the log has after ``position``, in order.
    /// - Returns: the events, and which one stopped them; nil: none.
    /// - Throws: ``OutOfOrder``, and what the reader of owners throws. Then nothing of the page was taken.
    public mutating func takeReadable(
        _ page: [RecordedEvent]
    ) async throws -> (events: [FeedEvent], stop: Unreadable?) {
        do {
            return (try await take(page), nil)
        } catch let error as Unreadable {
            return (try await take(page.filter { $0.position < error.position }), error)
        }
    }

    /// A line that says how far the log was looked at: nothing up to there is left to be told.
    public mutating func checkpoint() -> (place: LogPosition, json: [UInt8]) {
        let place = LogPosition(epoch: max(last.epoch, epochs.epoch(of: position)), position: position)
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.member("specversion", "1.0")
            json.member("id", "checkpoint.\(place)")
            json.member("source", Self.source)
            json.member("type", "holdfast.Checkpoint.v1")
            json.member("sequence", place.feedSequence)
            json.member("previous", last.feedSequence)
        }
        last = place
        return (place, json.bytes)
    }

    private func json(_ told: Told, isWhole: Bool) throws(Unreadable) -> [UInt8] {
        let event = told.event
        guard let message = FeedCatalogue.messages[event.event.type],
            event.event.schemaVersion == FeedCatalogue.schemaVersion
        else { throw Unreadable(position: event.position) }
        var json = JSONWriter(capacity: isWhole ? 640 + event.event.payload.count * 2 : 640)
        do {
            try json.object { json in
                json.member("specversion", "1.0")
                json.member("id", told.place.description)
                json.member("source", Self.source)
                json.member("type", event.feedType)
                json.member("subject", told.subject)
                json.key("time")
                json.value(timeAt: event.recordedAt.microseconds)
                json.member("sequence", told.place.feedSequence)
                json.member("previous", told.previous.feedSequence)
                if let organisation = told.organisation { json.member("organisation", organisation.rawValue) }
                guard isWhole else {
                    let before = LogPosition(
                        epoch: epochs.epoch(of: event.position - 1), position: event.position - 1)
                    return json.member("dataref", "\(Self.source)/events?after=\(before)&limit=1")
                }
                json.member("datacontenttype", "application/json")
                json.key("data")
                try json.value(message, WireMessage(event.event.payload))
            }
        } catch {
            throw Unreadable(position: event.position)
        }
        return json.bytes
    }
}
