import Domain
import EventLog
import Testing
import Text

@Suite("The hash of a batch")
struct BatchHashTests {
    private static let batch = RecordedBatch(
        number: 7, epoch: 2, afterPosition: 40, recordedAt: Timestamp(microseconds: 1_767_225_600_000_001),
        parts: [
            RecordedBatch.Part(
                stream: StreamID("show-1"), version: 3, lastPosition: 40, root: [],
                commands: [
                    DecidedCommand(
                        id: CommandID(high: 1, low: 2), principal: "naïve ✓",
                        fingerprint: [UInt8](repeating: 7, count: 32), outcome: [10, 0],
                        events: [
                            EncodedEvent(type: "HoldPlaced", schemaVersion: 1, payload: [1, 2, 3]),
                            EncodedEvent(type: "HoldReleased", schemaVersion: 2, payload: []),
                        ]),
                    DecidedCommand(
                        id: CommandID(high: .max, low: .max), principal: "",
                        fingerprint: [UInt8](repeating: 8, count: 32), outcome: [], events: []),
                ]),
            RecordedBatch.Part(
                stream: StreamID("room:1"), version: 0, lastPosition: 0, root: [],
                commands: [
                    DecidedCommand(
                        id: CommandID(high: 3, low: 4), principal: "system",
                        fingerprint: [UInt8](repeating: 9, count: 32), outcome: [1],
                        events: [EncodedEvent(type: "RoomOpened", schemaVersion: 1, payload: [255])])
                ]),
        ], hash: [])

    /// Computed by `schema/verify.py`. These must never change: all recorded hashes would be wrong.
    @Test("is what an implementation in another language computes")
    func golden() {
        var batch = Self.batch
        for index in batch.parts.indices { batch.parts[index].root = BatchHash.root(of: batch.parts[index].commands) }
        #expect(
            batch.parts.map(\.root.hex) == [
                "7e709bb01a5a0f8b2c413b00ccef39dcc43c26bb6618d9d990613f90d6bf6892",
                "af402bac1950125154e726c1494f38c5a5c6505266d7982c7b448f27ccc8afb4",
            ])
        #expect(
            batch.hash(after: [UInt8](repeating: 5, count: 32)).hex
                == "f0c06c0c7338b1d9b769b77dd9f63e8e7f5cd329c3fc1b914ce36fa343f4778c")
        #expect(batch.lastPosition == 43)
        #expect(batch.events.map(\.position) == [41, 42, 43])
        #expect(batch.events.map(\.streamVersion) == [4, 5, 1])
    }
}
