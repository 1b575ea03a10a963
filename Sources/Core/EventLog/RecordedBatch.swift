public import Domain

/// One row of the log: everything that one append wrote.
public struct RecordedBatch: Equatable, Sendable {
    /// Where and when the batch was written.
    public struct Header: Equatable, Sendable {
        /// 1, 2, 3 … in the order of commits.
        public var number: Int64
        /// The epoch that the batch was appended in.
        public var epoch: Int64
        /// The sequence number before the first of the batch's events.
        public var afterPosition: Int64
        /// The sequence number of the last of the batch's events; ``afterPosition`` if the batch has none.
        public var lastPosition: Int64
        public var recordedAt: Timestamp
        /// How many streams the batch wrote to.
        public var partCount: Int

        public init(
            number: Int64, epoch: Int64, afterPosition: Int64, lastPosition: Int64, recordedAt: Timestamp,
            partCount: Int
        ) {
            self.number = number
            self.epoch = epoch
            self.afterPosition = afterPosition
            self.lastPosition = lastPosition
            self.recordedAt = recordedAt
            self.partCount = partCount
        }
    }

    /// What a batch's hash says about its part of one stream.
    public struct PartHeader: Equatable, Sendable {
        public var stream: StreamID
        /// The number of the stream's events before the batch.
        public var version: Int64
        /// The sequence number of the last of them; 0 if there are none.
        public var lastPosition: Int64
        /// The sequence number of the first event of the part, if it has events.
        public var firstPosition: Int64
        public var commandCount: Int
        public var eventCount: Int
        /// The root over the part's commands and events (``BatchHash/root(of:)``), as it was sent.
        public var root: [UInt8]

        public init(
            stream: StreamID, version: Int64, lastPosition: Int64, firstPosition: Int64, commandCount: Int,
            eventCount: Int, root: [UInt8]
        ) {
            self.stream = stream
            self.version = version
            self.lastPosition = lastPosition
            self.firstPosition = firstPosition
            self.commandCount = commandCount
            self.eventCount = eventCount
            self.root = root
        }
    }

    /// The commands on one stream.
    public struct Part: Equatable, Sendable {
        public var stream: StreamID
        /// The number of the stream's events before the batch.
        public var version: Int64
        /// The sequence number of the last of them; 0 if there are none.
        public var lastPosition: Int64
        /// The root over ``commands``, as it was sent.
        public var root: [UInt8]
        public var commands: [DecidedCommand]

        public init(
            stream: StreamID, version: Int64, lastPosition: Int64, root: [UInt8], commands: [DecidedCommand]
        ) {
            self.stream = stream
            self.version = version
            self.lastPosition = lastPosition
            self.root = root
            self.commands = commands
        }

        public var eventCount: Int { commands.reduce(0) { $0 + $1.events.count } }
    }

    public var number: Int64
    public var epoch: Int64
    public var afterPosition: Int64
    public var recordedAt: Timestamp
    /// Never empty.
    public var parts: [Part]
    /// As it is stored.
    public var hash: [UInt8]

    public init(
        number: Int64, epoch: Int64, afterPosition: Int64, recordedAt: Timestamp, parts: [Part], hash: [UInt8]
    ) {
        self.number = number
        self.epoch = epoch
        self.afterPosition = afterPosition
        self.recordedAt = recordedAt
        self.parts = parts
        self.hash = hash
    }

    /// The sequence number of the last of the batch's events; ``afterPosition`` if it has none.
    public var lastPosition: Int64 { parts.reduce(afterPosition) { $0 + Int64($1.eventCount) } }

    public var place: BatchPlace { BatchPlace(lastPosition: lastPosition, number: number) }

    public var header: Header {
        Header(
            number: number, epoch: epoch, afterPosition: afterPosition, lastPosition: lastPosition,
            recordedAt: recordedAt, partCount: parts.count)
    }

    /// The headers of ``parts``, with the roots as they were sent.
    public var partHeaders: [PartHeader] {
        var position = afterPosition
        return parts.map { part in
            let count = part.eventCount
            defer { position += Int64(count) }
            return PartHeader(
                stream: part.stream, version: part.version, lastPosition: part.lastPosition,
                firstPosition: position + 1, commandCount: part.commands.count, eventCount: count, root: part.root)
        }
    }

    /// The hash that the batch must have after one with the hash `previous`, if the roots are right.
    public func hash(after previous: [UInt8]) -> [UInt8] {
        BatchHash.hash(header, parts: MerkleTree.root(partHeaders.map(BatchHash.leaf)), after: previous)
    }

    public var commandIDs: [CommandID] { parts.flatMap { $0.commands.map(\.id) } }

    /// The batch's events, in order.
    public var events: [RecordedEvent] {
        var events: [RecordedEvent] = []
        for part in parts {
            var version = part.version
            for command in part.commands {
                for event in command.events {
                    version += 1
                    events.append(
                        RecordedEvent(
                            position: afterPosition + Int64(events.count) + 1, stream: part.stream,
                            streamVersion: version, event: event, commandID: command.id, recordedAt: recordedAt))
                }
            }
        }
        return events
    }
}

/// Where a batch stands in the log: batches without events share a last position with the one before them.
public struct BatchPlace: Hashable, Comparable, Sendable {
    public var lastPosition: Int64
    public var number: Int64

    public init(lastPosition: Int64, number: Int64) {
        self.lastPosition = lastPosition
        self.number = number
    }

    /// Before the first batch.
    public static let start = BatchPlace(lastPosition: 0, number: 0)

    public static func < (a: Self, b: Self) -> Bool { (a.lastPosition, a.number) < (b.lastPosition, b.number) }
}
