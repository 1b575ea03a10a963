import Domain
internal import Crypto

/// The hash chain of the log's first format, in which each event's hash covered the hash of the event before it. A log that
/// began in that format keeps the last of these hashes (``ChainStart``), and the events give it again.
public enum FormatOneHash {
    /// What stands before the first event, and before the first batch of a log that began later.
    public static let beforeFirst = [UInt8](repeating: 0, count: MerkleTree.hashLength)

    /// The hash of `event`, which follows an event with the hash `previous`.
    public static func hash(of event: RecordedEvent, after previous: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            previous.count + 54 + event.stream.rawValue.utf8.count + event.event.type.utf8.count
                + event.event.payload.count)
        bytes.append(contentsOf: previous)
        bytes.append(bigEndian: event.position)
        bytes.append(prefixed: event.stream.rawValue.utf8)
        bytes.append(bigEndian: event.streamVersion)
        bytes.append(prefixed: event.event.type.utf8)
        bytes.append(bigEndian: Int16(truncatingIfNeeded: event.event.schemaVersion))
        bytes.append(prefixed: event.event.payload)
        bytes.append(bigEndian: event.commandID.high)
        bytes.append(bigEndian: event.commandID.low)
        bytes.append(bigEndian: event.recordedAt.microseconds)
        return Array(SHA256.hash(data: bytes))
    }
}
