public import Domain
internal import Crypto

/// What the log's hashes cover, byte for byte. `schema/README.md` specifies it; `schema/functions` chains the batches by
/// the same encoding. Numbers are big-endian two's complement, texts and byte strings stand behind their length.
public enum BatchHash {
    /// The root over one stream's part of a batch: its commands in order, each followed by its events.
    public static func root(of commands: [DecidedCommand]) -> [UInt8] { leaves(of: commands).root() }

    /// The leaves that the root is over.
    static func leaves(of commands: [DecidedCommand]) -> MerkleTree.Hashes {
        var hashes = MerkleTree.Hashes()
        hashes.reserve(count: commands.reduce(0) { $0 + 1 + $1.events.count })
        var buffer: [UInt8] = []
        var place = 0
        for command in commands {
            buffer.removeAll(keepingCapacity: true)
            buffer.append(0)
            append(command, eventsBefore: place, eventCount: command.events.count, to: &buffer)
            hashes.append(leaf: buffer)
            for event in command.events {
                place += 1
                buffer.removeAll(keepingCapacity: true)
                buffer.append(0)
                append(event, of: command.id, place: place, to: &buffer)
                hashes.append(leaf: buffer)
            }
        }
        return hashes
    }

    /// The leaf of a command. `eventsBefore`: the events that the part has before it.
    public static func leaf(_ command: DecidedCommand, eventsBefore: Int) -> [UInt8] {
        leaf(command, eventsBefore: eventsBefore, eventCount: command.events.count)
    }

    /// The leaf of a command that had so many events, whichever of them are at hand.
    static func leaf(_ command: DecidedCommand, eventsBefore: Int, eventCount: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        append(command, eventsBefore: eventsBefore, eventCount: eventCount, to: &bytes)
        return MerkleTree.leaf(bytes)
    }

    /// The leaf of an event. `place`: its place among the part's events, from 1.
    public static func leaf(_ event: EncodedEvent, of command: CommandID, place: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        append(event, of: command, place: place, to: &bytes)
        return MerkleTree.leaf(bytes)
    }

    /// The leaf that stands for a stream's part in the tree over a batch's parts.
    public static func leaf(_ part: RecordedBatch.PartHeader) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(prefixed: part.stream.rawValue.utf8)
        bytes.append(bigEndian: part.version)
        bytes.append(bigEndian: part.lastPosition)
        bytes.append(bigEndian: part.firstPosition)
        bytes.append(bigEndian: Int32(truncatingIfNeeded: part.commandCount))
        bytes.append(bigEndian: Int32(truncatingIfNeeded: part.eventCount))
        bytes.append(contentsOf: part.root)
        return MerkleTree.leaf(bytes)
    }

    /// The hash of the batch with `header`, whose parts have the root `parts`, after a batch with the hash `previous`.
    public static func hash(_ header: RecordedBatch.Header, parts: [UInt8], after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        bytes.append(bigEndian: header.number)
        bytes.append(bigEndian: header.epoch)
        bytes.append(bigEndian: header.afterPosition)
        bytes.append(bigEndian: header.lastPosition)
        bytes.append(bigEndian: header.recordedAt.microseconds)
        bytes.append(bigEndian: Int32(truncatingIfNeeded: header.partCount))
        bytes.append(contentsOf: parts)
        return Array(SHA256.hash(data: bytes))
    }

    private static func append(
        _ command: DecidedCommand, eventsBefore: Int, eventCount: Int, to bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: "c"))
        bytes.append(bigEndian: command.id.high)
        bytes.append(bigEndian: command.id.low)
        bytes.append(prefixed: command.principal.utf8)
        bytes.append(prefixed: command.fingerprint)
        bytes.append(prefixed: command.outcome)
        bytes.append(bigEndian: Int32(truncatingIfNeeded: eventsBefore))
        bytes.append(bigEndian: Int32(truncatingIfNeeded: eventCount))
    }

    private static func append(_ event: EncodedEvent, of command: CommandID, place: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "e"))
        bytes.append(bigEndian: command.high)
        bytes.append(bigEndian: command.low)
        bytes.append(bigEndian: Int32(truncatingIfNeeded: place))
        bytes.append(prefixed: event.type.utf8)
        bytes.append(bigEndian: Int16(truncatingIfNeeded: event.schemaVersion))
        bytes.append(prefixed: event.payload)
    }
}

extension [UInt8] {
    mutating func append(bigEndian number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append(prefixed part: some Collection<UInt8>) {
        append(bigEndian: Int32(truncatingIfNeeded: part.count))
        append(contentsOf: part)
    }
}
