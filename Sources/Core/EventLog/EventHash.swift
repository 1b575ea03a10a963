import Domain
internal import Crypto

/// The log's hash chain: each event's hash covers the hash before it, so no event can be changed, dropped or moved
/// without changing every hash after it. `schema/README.md` specifies the encoding; `schema/functions/append.sql`
/// computes the same hash when it appends.
public enum EventHash {
    public static let byteCount = 32

    /// What stands before the first event.
    public static let beforeFirst = [UInt8](repeating: 0, count: byteCount)

    /// The hash of `event`, which follows an event with the hash `previous`.
    public static func hash(of event: RecordedEvent, after previous: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            previous.count + 54 + event.stream.rawValue.utf8.count + event.event.type.utf8.count
                + event.event.payload.count)
        bytes.append(contentsOf: previous)
        append(event.position, to: &bytes)
        append(lengthPrefixed: event.stream.rawValue.utf8, to: &bytes)
        append(event.streamVersion, to: &bytes)
        append(lengthPrefixed: event.event.type.utf8, to: &bytes)
        append(Int16(truncatingIfNeeded: event.event.schemaVersion), to: &bytes)
        append(lengthPrefixed: event.event.payload, to: &bytes)
        append(event.commandID.high, to: &bytes)
        append(event.commandID.low, to: &bytes)
        append(event.recordedAt.microseconds, to: &bytes)
        return Array(SHA256.hash(data: bytes))
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    private static func append(lengthPrefixed part: some Collection<UInt8>, to bytes: inout [UInt8]) {
        append(Int32(truncatingIfNeeded: part.count), to: &bytes)
        bytes.append(contentsOf: part)
    }
}
