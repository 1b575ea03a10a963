import Domain
import EventLog
import Testing

@Suite("A head that a barrier vouches for")
struct DurableHeadTests {
    /// A log in memory with so many events, in its first epoch or after further ones.
    private static func log(events: Int64, epoch: Int64 = 1) async throws -> InMemoryEventLog {
        let log = InMemoryEventLog()
        for version in 0..<events {
            let id = CommandID(high: 1, low: UInt64(version))
            let command = DecidedCommand(
                id: id, principal: "ada", fingerprint: id.bytes + id.bytes, outcome: [],
                events: [EncodedEvent(type: "SeatsHeld", schemaVersion: 1, payload: [])])
            _ = try await log.append(
                AppendBatch(
                    epoch: 1,
                    streams: [StreamAppend(stream: StreamID("a"), expectedVersion: version, commands: [command])]))
        }
        for _ in 1..<epoch { await log.raiseEpoch() }
        return log
    }

    @Test("is the log's own, or one from before, where a replica is a little behind")
    func durable() async throws {
        let primary = try await Self.log(events: 3)
        let head = await primary.hashedHead()
        #expect(try await HashedHead.durable(in: primary, vouchedForBy: primary) == head)
        let replica = try await Self.log(events: 2)
        #expect(try await HashedHead.durable(in: replica, vouchedForBy: primary)?.position == 2)
    }

    @Test("is none of a server that was the primary: it may have what the primary lost, or be of another epoch")
    func elsewhere() async throws {
        let primary = try await Self.log(events: 2), ahead = try await Self.log(events: 3)
        #expect(try await HashedHead.durable(in: ahead, vouchedForBy: primary) == nil)
        let raised = try await Self.log(events: 3, epoch: 2), old = try await Self.log(events: 2)
        #expect(try await HashedHead.durable(in: old, vouchedForBy: raised) == nil)
    }
}
