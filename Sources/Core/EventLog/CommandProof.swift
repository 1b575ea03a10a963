public import Domain

/// A proof that a batch of the log has one command with its events, made of nothing but that command, its events and
/// hashes. Of all else in the batch it shows counts, and hashes that cover a 128-bit command id each.
///
/// Whoever has the batch's hash from another source, such as the log's signed head, needs nothing else to verify it.
public struct CommandProof: Equatable, Sendable {
    /// Why a proof proves nothing.
    public enum Fault: Error, Equatable, Sendable {
        /// The command is not where the proof says in its stream's part.
        case command
        /// The event at this index is not where the proof says in its stream's part.
        case event(index: Int)
        /// The stream's part is not where the proof says in the batch, or the batch has another hash.
        case batch
    }

    public var header: RecordedBatch.Header
    /// Of the batch before.
    public var previousHash: [UInt8]
    /// Of the batch.
    public var hash: [UInt8]
    /// The part of the command's stream.
    public var part: RecordedBatch.PartHeader
    /// Which of the batch's parts it is, from 0, and the hashes that lead from it to the root over the parts.
    public var partIndex: Int
    public var partPath: [[UInt8]]
    /// The command with its events, or with those that the proof is to show.
    public var command: DecidedCommand
    /// Events that the command had.
    public var eventCount: Int
    /// Which of them ``command`` has: their places among all, from 0, ascending.
    public var eventPlaces: [Int]
    /// The events that the part has before the command's.
    public var eventsBefore: Int
    /// The place of the command's leaf in its part, from 0; its events' follow.
    public var leafIndex: Int
    /// For the command and then for each event that it has, the hashes that lead to the part's root.
    public var paths: [[[UInt8]]]

    public init(
        header: RecordedBatch.Header, previousHash: [UInt8], hash: [UInt8], part: RecordedBatch.PartHeader,
        partIndex: Int, partPath: [[UInt8]], command: DecidedCommand, eventCount: Int, eventPlaces: [Int],
        eventsBefore: Int, leafIndex: Int, paths: [[[UInt8]]]
    ) {
        self.header = header
        self.previousHash = previousHash
        self.hash = hash
        self.part = part
        self.partIndex = partIndex
        self.partPath = partPath
        self.command = command
        self.eventCount = eventCount
        self.eventPlaces = eventPlaces
        self.eventsBefore = eventsBefore
        self.leafIndex = leafIndex
        self.paths = paths
    }

    /// Makes the proof; nil if `batch` does not have the command.
    ///
    /// - Parameter previousHash: of the batch before.
    public init?(of id: CommandID, in batch: RecordedBatch, after previousHash: [UInt8]) {
        guard let partIndex = batch.parts.firstIndex(where: { $0.commands.contains { $0.id == id } }) else {
            return nil
        }
        let commands = batch.parts[partIndex].commands
        guard let index = commands.firstIndex(where: { $0.id == id }) else { return nil }
        let eventsBefore = commands[..<index].reduce(0) { $0 + $1.events.count }
        let leafIndex = index + eventsBefore
        let leaves = BatchHash.leaves(of: commands).list
        let headers = batch.partHeaders
        self.init(
            header: batch.header, previousHash: previousHash, hash: batch.hash, part: headers[partIndex],
            partIndex: partIndex, partPath: MerkleTree.path(to: partIndex, in: headers.map(BatchHash.leaf)),
            command: commands[index], eventCount: commands[index].events.count,
            eventPlaces: Array(commands[index].events.indices), eventsBefore: eventsBefore, leafIndex: leafIndex,
            paths: (0...commands[index].events.count).map { MerkleTree.path(to: leafIndex + $0, in: leaves) })
    }

    /// The same proof without those events that its reader is not to see: they may be about others.
    public func showing(_ isShown: (EncodedEvent) -> Bool) -> CommandProof {
        var proof = self
        let shown = command.events.indices.filter { isShown(command.events[$0]) }
        proof.command.events = shown.map { command.events[$0] }
        proof.eventPlaces = shown.map { eventPlaces[$0] }
        proof.paths = [paths[0]] + shown.map { paths[$0 + 1] }
        return proof
    }

    /// The sequence numbers of the command's events; nil if it has none, or if the proof is none.
    public var positions: ClosedRange<Int64>? {
        guard isInRange, eventCount > 0 else { return nil }
        let first = part.firstPosition + Int64(eventsBefore)
        return first...first + Int64(eventCount) - 1
    }

    /// Whether the log can have such numbers: a proof may be what a stranger made up. Beyond these ranges two numbers could
    /// have one encoding.
    private var isInRange: Bool {
        [
            header.partCount, part.commandCount, part.eventCount, partIndex, leafIndex, eventsBefore,
            eventCount,
        ]
        .allSatisfy { (0...Int(Int32.max)).contains($0) }
            && (0...Int64.max / 2).contains(part.firstPosition)
            && zip(eventPlaces, eventPlaces.dropFirst()).allSatisfy { $0 < $1 }
            && eventPlaces.allSatisfy { (0..<eventCount).contains($0) }
            && command.events.allSatisfy { Int16(exactly: $0.schemaVersion) != nil }
    }

    /// Verifies that a batch with ``hash`` has the command and those of its events that are here.
    public func verify() throws(Fault) {
        guard isInRange else { throw .command }
        let leafCount = part.commandCount + part.eventCount
        func leads(_ leaf: [UInt8], at offset: Int, by path: [[UInt8]]) -> Bool {
            MerkleTree.root(of: leaf, at: leafIndex + offset, of: leafCount, path: path) == part.root
        }
        let leaf = BatchHash.leaf(command, eventsBefore: eventsBefore, eventCount: eventCount)
        guard paths.count == command.events.count + 1, eventPlaces.count == command.events.count,
            leads(leaf, at: 0, by: paths[0])
        else { throw .command }
        for (index, (event, place)) in zip(command.events, eventPlaces).enumerated() {
            let leaf = BatchHash.leaf(event, of: command.id, place: eventsBefore + place + 1)
            guard leads(leaf, at: place + 1, by: paths[index + 1]) else { throw .event(index: index) }
        }
        guard
            let root = MerkleTree.root(
                of: BatchHash.leaf(part), at: partIndex, of: header.partCount, path: partPath),
            BatchHash.hash(header, parts: root, after: previousHash) == hash
        else { throw .batch }
    }
}
