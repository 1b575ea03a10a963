public import Domain

/// What a batch's hash covers beside its events, so that whoever has both can compute the hash: the log's own chained hash
/// then vouches for every byte of the events.
///
/// Of the commands only hashes travel. A receiver computes the hash (``seals(_:)``) and asks the log whether it has a batch of
/// that hash at that place: see ``LogLook``.
public struct BatchSeal: Equatable, Sendable {
    /// The batch's part of one stream.
    public struct Part: Equatable, Sendable {
        public var stream: StreamID
        /// The number of the stream's events before the batch.
        public var version: Int64
        /// The sequence number of the last of them; 0 if there are none.
        public var lastPosition: Int64
        public var commands: Commands

        public init(stream: StreamID, version: Int64, lastPosition: Int64, commands: Commands) {
            self.stream = stream
            self.version = version
            self.lastPosition = lastPosition
            self.commands = commands
        }
    }

    /// The commands of a part, in order.
    public enum Commands: Equatable, Sendable {
        /// As the writer has them.
        case decided([DecidedCommand])
        /// As they travel.
        case hashed([HashedCommand])
    }

    public struct HashedCommand: Equatable, Sendable {
        /// ``BatchHash/leaf(_:eventsBefore:)``
        public var leaf: [UInt8]
        public var eventCount: Int

        public init(leaf: [UInt8], eventCount: Int) {
            self.leaf = leaf
            self.eventCount = eventCount
        }
    }

    /// The batch's number in the log.
    public var number: Int64
    /// Of the batch before.
    public var previousHash: [UInt8]
    /// Of the batch.
    public var hash: [UInt8]
    public var parts: [Part]

    public init(number: Int64, previousHash: [UInt8], hash: [UInt8], parts: [Part]) {
        self.number = number
        self.previousHash = previousHash
        self.hash = hash
        self.parts = parts
    }

    /// Of a batch that is in the log.
    ///
    /// - Parameter previousHash: of the batch before.
    public init(_ batch: RecordedBatch, after previousHash: [UInt8]) {
        self.init(
            number: batch.number, previousHash: previousHash, hash: batch.hash,
            parts: batch.parts.map {
                Part(
                    stream: $0.stream, version: $0.version, lastPosition: $0.lastPosition,
                    commands: .decided($0.commands))
            })
    }

    /// Whether ``hash`` is that of a batch with exactly these events.
    public func seals(_ batch: CommittedBatch) -> Bool {
        guard let positions = batch.positions else { return false }
        var rest = batch.events[...]
        var leaves: [[UInt8]] = []
        leaves.reserveCapacity(parts.count)
        for part in parts {
            let firstPosition = positions.lowerBound + Int64(batch.events.count - rest.count)
            guard let leaf = part.leaf(of: &rest, at: firstPosition) else { return false }
            leaves.append(leaf)
        }
        let header = RecordedBatch.Header(
            number: number, epoch: batch.epoch, afterPosition: positions.lowerBound - 1,
            lastPosition: positions.upperBound, recordedAt: batch.events[0].recordedAt, partCount: parts.count)
        return rest.isEmpty && BatchHash.hash(header, parts: MerkleTree.root(leaves), after: previousHash) == hash
    }
}

extension BatchSeal.Commands {
    /// As they travel.
    public var hashed: [BatchSeal.HashedCommand] {
        switch self {
        case .hashed(let commands): return commands
        case .decided(let commands):
            var eventsBefore = 0
            return commands.map { command in
                defer { eventsBefore += command.events.count }
                return BatchSeal.HashedCommand(
                    leaf: BatchHash.leaf(command, eventsBefore: eventsBefore), eventCount: command.events.count)
            }
        }
    }
}

extension BatchSeal.Part {
    /// The leaf of the part, whose events `rest` begins with; they are taken from it. Nil: they are not the part's.
    ///
    /// - Parameter firstPosition: of the part's first event, or what it would have.
    fileprivate func leaf(of rest: inout ArraySlice<RecordedEvent>, at firstPosition: Int64) -> [UInt8]? {
        var hashes = MerkleTree.Hashes()
        var place = 0
        let commands = commands.hashed
        for command in commands {
            hashes.append(command.leaf)
            for _ in 0..<command.eventCount {
                guard let event = rest.popFirst(), event.stream == stream else { return nil }
                place += 1
                guard event.streamVersion &- version == place else { return nil }
                hashes.append(BatchHash.leaf(event.event, of: event.commandID, place: place))
            }
        }
        return BatchHash.leaf(
            RecordedBatch.PartHeader(
                stream: stream, version: version, lastPosition: lastPosition, firstPosition: firstPosition,
                commandCount: commands.count, eventCount: place, root: hashes.root()))
    }
}
