public import Domain

/// Checks that the log is whole: give it every batch in turn, then the head. Pure; it holds a few hashes and where each
/// stream is, not the log.
public struct LogCheck: Sendable {
    /// The first thing wrong, and where.
    public struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        public enum Kind: Equatable, Sendable {
            /// The batch is missing; the next one there is `found`.
            case gap(found: Int64)
            /// The batch's events do not follow those before them.
            case position
            /// The stream is not where the batch says.
            case stream(String)
            /// The commands or events of a stream are not those that were appended.
            case content(String)
            /// The batch does not have the hash that its content and the batch before it make.
            case hash
            /// It was recorded earlier, or in an earlier epoch, than the batch before it.
            case time
            /// The events up to `position` do not make the last hash of the chain that format 1 kept of them; or not all
            /// of them are there.
            case formatOne(position: Int64)
            /// The log's head is elsewhere, or has another hash, than the last batch.
            case head(HashedHead)
            /// The log ends before this earlier head of it.
            case cut(HashedHead)
            /// The log is whole, but is not the one that had this earlier head.
            case rewritten(HashedHead)
        }
        /// The number of the batch.
        public var batch: Int64
        /// The sequence number before its first event.
        public var position: Int64
        public var kind: Kind

        public init(batch: Int64, position: Int64, kind: Kind) {
            self.batch = batch
            self.position = position
            self.kind = kind
        }

        public var description: String {
            let place = "batch \(batch), after event \(position),"
            return switch kind {
            case .gap(let found): "batch \(batch) is missing; the next is \(found)"
            case .position: "\(place) does not follow the events before it"
            case .stream(let stream): "\(place) does not follow the events of \(stream) before it"
            case .content(let stream): "\(place) does not have what was appended to \(stream)"
            case .hash: "\(place) does not have the hash of its content"
            case .time: "\(place) was recorded before its predecessor"
            case .formatOne(let last): "the events up to \(last) are not those of the log that was converted"
            case .head(let head):
                "the log ends at \(position) with batch \(batch), but its head says \(head.position), batch "
                    + "\(head.batch), or another hash"
            case .cut(let head):
                "the log ends at \(position) with batch \(batch), but once had \(head.position) and batch \(head.batch)"
            case .rewritten(let head):
                "the log was rewritten: batch \(head.batch), up to event \(head.position), once had another hash"
            }
        }
    }

    /// Where a stream ends.
    public struct StreamEnd: Equatable, Sendable {
        /// The number of its events.
        public var version: Int64 = 0
        /// The sequence number of the last of them.
        public var lastPosition: Int64 = 0

        public init(version: Int64 = 0, lastPosition: Int64 = 0) {
            self.version = version
            self.lastPosition = lastPosition
        }
    }

    /// The last batch checked.
    public private(set) var place = BatchPlace.start
    /// Its hash.
    public private(set) var hash: [UInt8]
    private var recordedAt = Timestamp.distantPast
    private var epoch: Int64 = 0
    /// Where each stream ends that has events in the batches checked.
    public private(set) var streams: [StreamID: StreamEnd] = [:]
    /// How many commands the batches checked have.
    public private(set) var commandCount: Int64 = 0
    /// How many times a batch checked has events of a stream.
    public private(set) var streamBatchCount: Int64 = 0
    private let start: ChainStart
    private let earlier: HashedHead?
    private var formatOneHash = FormatOneHash.beforeFirst

    /// The last sequence number checked.
    public var position: Int64 { place.lastPosition }

    /// Begins with the whole log.
    ///
    /// - Parameter earlier: a head that the log once had, and must still contain.
    public init(_ start: ChainStart, containing earlier: HashedHead? = nil) {
        self.start = start
        self.earlier = earlier
        hash = start.hash
    }

    /// The next batch.
    public mutating func next(_ batch: RecordedBatch) throws(Fault) {
        let fault = { (kind: Fault.Kind) in Fault(batch: batch.number, position: batch.afterPosition, kind: kind) }
        guard batch.number == place.number + 1 else {
            throw Fault(batch: place.number + 1, position: position, kind: .gap(found: batch.number))
        }
        guard batch.afterPosition == position else { throw fault(.position) }
        for part in batch.parts {
            guard BatchHash.root(of: part.commands) == part.root else { throw fault(.content(part.stream.rawValue)) }
        }
        let batchHash = batch.hash(after: hash)
        guard batchHash == batch.hash else { throw fault(.hash) }
        guard batch.recordedAt >= recordedAt, batch.epoch >= epoch else { throw fault(.time) }
        for part in batch.partHeaders {
            commandCount += Int64(part.commandCount)
            var state = streams[part.stream, default: StreamEnd()]
            guard part.version == state.version, part.lastPosition == state.lastPosition else {
                throw fault(.stream(part.stream.rawValue))
            }
            guard part.eventCount > 0 else { continue }
            streamBatchCount += 1
            state.version += Int64(part.eventCount)
            state.lastPosition = part.firstPosition + Int64(part.eventCount) - 1
            streams[part.stream] = state
        }
        let next = batch.place
        if position < start.position {
            for event in batch.events { formatOneHash = FormatOneHash.hash(of: event, after: formatOneHash) }
            if next.lastPosition >= start.position {
                guard next.lastPosition == start.position, formatOneHash == start.hash else {
                    throw fault(.formatOne(position: start.position))
                }
            }
        }
        if let earlier, earlier.batch == batch.number {
            guard earlier.hash == batchHash, earlier.position == next.lastPosition else {
                throw fault(.rewritten(earlier))
            }
        }
        place = next
        hash = batchHash
        recordedAt = batch.recordedAt
        epoch = batch.epoch
    }

    /// After the last batch: does the head agree? It must have been read before the last page of batches.
    public func end(at head: HashedHead) throws(Fault) {
        guard head.position == position, head.batch == place.number, head.hash == hash else {
            throw Fault(batch: place.number, position: position, kind: .head(head))
        }
        // A log that began in format 1 has all of those events; any other begins with no hash. Else ``next(_:)`` had
        // nothing to compare.
        let beganInFormatOne = start.hash != FormatOneHash.beforeFirst
        guard start.position >= 0, position >= start.position, (start.position > 0) == beganInFormatOne else {
            throw Fault(batch: place.number, position: position, kind: .formatOne(position: start.position))
        }
        guard let earlier else { return }
        guard earlier.batch <= place.number else {
            throw Fault(batch: place.number, position: position, kind: .cut(earlier))
        }
        guard earlier.batch > 0 || (earlier.hash == start.hash && earlier.position == start.position) else {
            throw Fault(batch: 0, position: 0, kind: .rewritten(earlier))
        }
    }
}
