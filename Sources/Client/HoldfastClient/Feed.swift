public import Foundation

/// An event of the feed (`docs/feed.md`): a CloudEvent.
public struct HoldfastEvent: Decodable, Sendable {
    /// The same however often the event comes.
    public var id: String
    /// Such as `holdfast.SeatsSold.v1`.
    public var type: String
    /// The resource that it is about, below `/api/v1/`.
    public var subject: String?
    public var time: Date?
    /// What to come back with.
    public var sequence: String
    /// Of the event before it.
    public var previous: String
    /// Nil: the instance's own.
    public var organisation: String?
    /// The whole event as it came; `data` is in it.
    public private(set) var json = ""

    private enum CodingKeys: CodingKey {
        case id, type, subject, time, sequence, previous, organisation
    }

    init(json: String) throws {
        self = try JSONDecoder.holdfast.decode(Self.self, from: Data(json.utf8))
        self.json = json
    }

    /// The event's own members.
    ///
    /// - Throws: `DecodingError`
    public func data<T: Decodable>(as type: T.Type = T.self) throws -> T {
        try JSONDecoder.holdfast.decode(Envelope<T>.self, from: Data(json.utf8)).data
    }

    private struct Envelope<T: Decodable>: Decodable { var data: T }
}

/// The feed passed over something: what came last is not what the next event says came before it.
public struct FeedGap: Error, Equatable, Sendable {
    /// The `sequence` of the last event that came.
    public var last: String
    /// What the next one says instead.
    public var previous: String
}

extension HoldfastClient {
    /// Follows the feed of events for ever, from a place on, and checks that nothing is missing.
    ///
    /// - Parameters:
    ///   - start: the `sequence` of the last event that was handled; nil: from the log's beginning.
    ///   - types: such as `SeatsSold`; none: all.
    ///   - handle: called with one event after the other. What it was not done with comes again after a crash.
    ///   - keep: called with each `sequence` that need not come again, checkpoints included.
    /// - Throws: as ``follow(_:after:_:)``, and ``FeedGap``.
    public func followFeed(
        after start: String? = nil, types: [String] = [], handle: (HoldfastEvent) async throws -> Void,
        keep: (String) async throws -> Void
    ) async throws {
        var last = start
        let query = types.isEmpty ? "" : "?types=\(types.joined(separator: ","))"
        try await follow("/api/v1/events\(query)", after: start) { message in
            let event = try HoldfastEvent(json: message.data)
            // The stream begins anew with a token, and the place that it stands for.
            if let last, event.previous != last { throw FeedGap(last: last, previous: event.previous) }
            if event.type != "holdfast.Checkpoint.v1" { try await handle(event) }
            last = event.sequence
            try await keep(event.sequence)
        }
    }
}
