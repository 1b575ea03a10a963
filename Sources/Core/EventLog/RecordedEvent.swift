public import Domain

/// An event's type, schema version and payload, as they stand in the log.
public struct EncodedEvent: Equatable, Sendable {
    public var type: String
    public var schemaVersion: Int
    /// A Protocol Buffers message of `schema/proto/events.proto`.
    public var payload: [UInt8]

    public init(type: String, schemaVersion: Int, payload: [UInt8]) {
        self.type = type
        self.schemaVersion = schemaVersion
        self.payload = payload
    }
}

/// One row of the log.
public struct RecordedEvent: Equatable, Sendable {
    /// Its sequence number: from 1, without gaps, in commit order.
    public var position: Int64
    public var stream: StreamID
    /// Its place in the stream, from 1.
    public var streamVersion: Int64
    public var event: EncodedEvent
    public var commandID: CommandID
    /// The commit's time on the database's clock; never earlier than the event before it.
    public var recordedAt: Timestamp

    public init(
        position: Int64, stream: StreamID, streamVersion: Int64, event: EncodedEvent, commandID: CommandID,
        recordedAt: Timestamp
    ) {
        self.position = position
        self.stream = stream
        self.streamVersion = streamVersion
        self.event = event
        self.commandID = commandID
        self.recordedAt = recordedAt
    }
}

/// A command as it was recorded, once and for all.
public struct RecordedCommand: Equatable, Sendable {
    public var id: CommandID
    /// Who asked: a user id, or `system`.
    public var principal: String
    /// SHA-256 of the request, 32 bytes; tells a replay from a reused key.
    public var fingerprint: [UInt8]
    public var stream: StreamID
    /// A `CommandOutcome` of `schema/proto/outcomes.proto`.
    public var outcome: [UInt8]
    /// The sequence number of its last event; for a rejection, of the stream's last event when it was decided (0: none).
    public var position: Int64
    /// How many events it appended; they end at ``position``. 0: it was rejected, or changed nothing.
    public var eventCount: Int
    public var recordedAt: Timestamp

    public init(
        id: CommandID, principal: String, fingerprint: [UInt8], stream: StreamID, outcome: [UInt8], position: Int64,
        eventCount: Int, recordedAt: Timestamp
    ) {
        self.id = id
        self.principal = principal
        self.fingerprint = fingerprint
        self.stream = stream
        self.outcome = outcome
        self.position = position
        self.eventCount = eventCount
        self.recordedAt = recordedAt
    }

    /// The sequence numbers of its events; empty for a rejection.
    public var positions: ClosedRange<Int64>? {
        eventCount > 0 ? (position - Int64(eventCount) + 1)...position : nil
    }
}
