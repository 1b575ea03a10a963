internal import Domain

/// Checks that the log is whole: give it every event in turn, then the head. Pure; it holds one hash, not the log.
public struct LogCheck: Equatable, Sendable {
    /// The first thing wrong, and the sequence number where.
    public struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        public enum Kind: Equatable, Sendable {
            /// The sequence number is missing; the next one there is `found`.
            case gap(found: Int64)
            /// The event does not have the hash that its content and the event before it make.
            case hash
            /// It was recorded earlier than the event before it.
            case time
            /// The log's head is elsewhere, or has another hash, than the last event.
            case head(SealedHead)
        }
        public var position: Int64
        public var kind: Kind

        public init(position: Int64, kind: Kind) {
            self.position = position
            self.kind = kind
        }

        public var description: String {
            switch kind {
            case .gap(let found): "\(position) is missing; the next is \(found)"
            case .hash: "\(position) does not have the hash of its content"
            case .time: "\(position) was recorded before its predecessor"
            case .head(let head): "the log ends at \(position), but its head says \(head.position) or another hash"
            }
        }
    }

    /// The last sequence number checked.
    public private(set) var position: Int64
    private var hash: [UInt8]
    private var recordedAt = Timestamp.distantPast

    /// Begins after `position`, whose event has `hash`; by default, with the whole log.
    public init(after position: Int64 = 0, hash: [UInt8] = EventHash.beforeFirst) {
        self.position = position
        self.hash = hash
    }

    /// The next event.
    public mutating func next(_ next: HashedEvent) throws(Fault) {
        let event = next.event
        guard event.position == position + 1 else {
            throw Fault(position: position + 1, kind: .gap(found: event.position))
        }
        guard EventHash.hash(of: event, after: hash) == next.hash else {
            throw Fault(position: event.position, kind: .hash)
        }
        guard event.recordedAt >= recordedAt else {
            throw Fault(position: event.position, kind: .time)
        }
        position = event.position
        hash = next.hash
        recordedAt = event.recordedAt
    }

    /// After the last event: does the head agree? It must have been read before the last page of events.
    public func end(at head: SealedHead) throws(Fault) {
        guard head == SealedHead(position: position, hash: hash) else {
            throw Fault(position: position, kind: .head(head))
        }
    }
}
