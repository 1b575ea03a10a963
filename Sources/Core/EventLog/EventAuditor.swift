public import Domain

/// An event with the hash that is stored beside it.
public struct HashedEvent: Equatable, Sendable {
    public var event: RecordedEvent
    /// 32 bytes; see ``EventHash``.
    public var hash: [UInt8]

    public init(event: RecordedEvent, hash: [UInt8]) {
        self.event = event
        self.hash = hash
    }
}

/// What an inspection of the log reads beyond what ``EventReader`` gives.
public protocol EventAuditor: Sendable {
    /// The events with sequence numbers above `position`, ascending, at most `limit`, with their hashes.
    func hashedEvents(after position: Int64, limit: Int) async throws(LogError) -> [HashedEvent]
    /// The log's last sequence number and the hash that the event there must have.
    func sealedHead() async throws(LogError) -> SealedHead
    /// The last sequence number that was recorded at or before `time`; 0: none was.
    func position(asOf time: Timestamp) async throws(LogError) -> Int64
}

/// Where the log ends, as its head says.
public struct SealedHead: Equatable, Sendable {
    public var position: Int64
    public var hash: [UInt8]

    public init(position: Int64, hash: [UInt8]) {
        self.position = position
        self.hash = hash
    }
}
