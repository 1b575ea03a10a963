import Contract
import Domain
import EventLog
import Foundation
import SeededRandom
import SwiftProtobuf
import Testing

@testable import Fanout

@Suite struct WireFormatTests {
    @Test func `A batch is read back as it was written`() throws {
        let batch = makeBatch(
            epoch: 3, first: 41, count: 5, head: 50, trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        #expect(try CommittedBatch(decoding: batch.encode()) == batch)
    }

    @Test func `A statement of the head is read back as it was written`() throws {
        for head in [0, 1, Int64.max] {
            let statement = CommittedBatch(head: LogPosition(epoch: .max, position: head))
            #expect(try CommittedBatch(decoding: statement.encode()) == statement)
        }
    }

    @Test func `The last sequence number there is does not overflow`() throws {
        let batch = makeBatch(first: .max - 1, count: 2, head: .max)
        #expect(try CommittedBatch(decoding: batch.encode()) == batch)
    }

    @Test func `A show with a hundred thousand seats fits`() throws {
        let batch = makeBatch(first: 1, payloadBytes: 6_000_000)
        #expect(try CommittedBatch(decoding: batch.encode()) == batch)
    }

    /// A valid message, changed.
    private func refused(_ change: (inout Holdfast_V1_FanoutMessage) -> Void) throws -> FanoutDecodingError? {
        var message = try Holdfast_V1_FanoutMessage(serializedBytes: makeBatch(first: 5, count: 2).encode())
        change(&message)
        let bytes: [UInt8] = try message.serializedBytes()
        do throws(FanoutDecodingError) {
            _ = try CommittedBatch(decoding: bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func `What no log holds is refused`() throws {
        #expect(try refused { _ in } == nil)
        #expect(try refused { $0.epoch = 0 } == .inconsistent(.epochBelowOne))
        #expect(try refused { $0.epoch = -1 } == .inconsistent(.epochBelowOne))
        #expect(try refused { $0.head = -1 } == .inconsistent(.headNegative))
        #expect(try refused { $0.head = 5 } == .inconsistent(.headBeforeEvents))
        #expect(try refused { $0.firstSequence = 0 } == .invalidField("first_sequence"))
        #expect(try refused { $0.firstSequence = .min } == .invalidField("first_sequence"))
        #expect(try refused { $0.firstSequence = .max } == .invalidField("first_sequence"))
        #expect(try refused { $0.traceParent = "a b" } == .invalidField("trace_parent"))
        #expect(try refused { $0.traceParent = String(repeating: "0", count: 257) } == .invalidField("trace_parent"))
        #expect(try refused { $0.events[1].stream = "" } == .invalidField("stream", index: 1))
        #expect(try refused { $0.events[1].stream = "a\0b" } == .invalidField("stream", index: 1))
        #expect(
            try refused { $0.events[0].stream = String(repeating: "x", count: 65) } == .invalidField("stream", index: 0)
        )
        #expect(try refused { $0.events[1].streamVersion = 0 } == .inconsistent(.streamVersionBelowOne(index: 1)))
        #expect(try refused { $0.events[1].type = "" } == .invalidField("type", index: 1))
        #expect(try refused { $0.events[1].type = "\u{202E}" } == .invalidField("type", index: 1))
        #expect(try refused { $0.events[1].schemaVersion = 0 } == .invalidField("schema_version", index: 1))
        #expect(try refused { $0.events[1].schemaVersion = .max } == .invalidField("schema_version", index: 1))
        #expect(try refused { $0.events[1].commandID = Data(count: 15) } == .invalidField("command_id", index: 1))
        #expect(try refused { $0.events[1].commandID = Data(count: 17) } == .invalidField("command_id", index: 1))
    }

    @Test func `Too much is refused before it takes memory`() {
        let oversize = [UInt8](repeating: 0, count: FanoutLimits.messageBytesMax + 1)
        #expect(throws: FanoutDecodingError.tooLarge(bytes: oversize.count)) {
            try CommittedBatch(decoding: oversize)
        }
        // Two bytes each: field 3, length 0.
        let manyEmptyEvents = Array(
            repeatElement([0x1A, 0x00] as [UInt8], count: FanoutLimits.eventsPerMessageMax + 1).joined())
        #expect(throws: FanoutDecodingError.tooManyEvents) { try CommittedBatch(decoding: manyEmptyEvents) }
    }

    @Test func `Garbage is refused and harms nobody`() {
        #expect(throws: FanoutDecodingError.inconsistent(.epochBelowOne)) { try CommittedBatch(decoding: []) }
        for bytes: [UInt8] in [
            [0xFF], [0x1A], [0x1A, 0xFF], [0x1A] + [UInt8](repeating: 0xFF, count: 9), [0x1B], [0x0F],
            [UInt8](repeating: 0x80, count: 100), [UInt8](repeating: 0x1B, count: 100_000),
        ] {
            #expect(throws: FanoutDecodingError.notAMessage) { try CommittedBatch(decoding: bytes) }
        }
    }

    @Test func `Damaged messages are refused or are still consistent`() {
        var random = SeededGenerator(seed: 4711)
        let valid = makeBatch(first: 1, count: 3, trace: "00-a-b-01").encode()
        for _ in 0..<20_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0...3, using: &random) {
                case 0 where !bytes.isEmpty:
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                case 1 where !bytes.isEmpty: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
                case 2:
                    bytes.insert(
                        .random(in: 0...255, using: &random), at: Int.random(in: 0...bytes.count, using: &random))
                default: bytes += valid.prefix(Int.random(in: 0...valid.count, using: &random))
                }
            }
            do throws(FanoutDecodingError) {
                let batch = try CommittedBatch(decoding: bytes)
                #expect(throws: Never.self) { try batch.validate() }
            } catch {}
        }
    }

    @Test func `A batch over the limits goes out in parts that add up to it`() throws {
        let batch = makeBatch(first: 10, count: 100, payloadBytes: 100, head: 200)
        let parts = try batch.messages(bytesMax: 2000, eventsMax: 7).map { try CommittedBatch(decoding: $0) }
        #expect(parts.count > 100 / 7)
        #expect(parts.flatMap(\.events) == batch.events)
        #expect(parts.allSatisfy { $0.head == 200 && $0.events.count <= 7 && $0.encode().count <= 2000 })
    }

    @Test func `Of an event that is too large only the head is told`() throws {
        let batch = makeBatch(first: 10, count: 1, payloadBytes: 5000, head: 12)
        let parts = try batch.messages(bytesMax: 2000, eventsMax: 7).map { try CommittedBatch(decoding: $0) }
        #expect(parts == [CommittedBatch(head: LogPosition(epoch: 1, position: 12))])
    }

    @Test func `A batch that contradicts itself says where`() {
        var batch = makeBatch(first: 1, count: 3)
        batch.events[2].position = 4
        #expect(throws: CommittedBatch.Inconsistency.gap(index: 2)) { try batch.validate() }
        batch = makeBatch(first: 1, count: 3)
        batch.events[1].recordedAt = Timestamp(microseconds: 0)
        #expect(throws: CommittedBatch.Inconsistency.severalCommits(index: 1)) { try batch.validate() }
        batch = makeBatch(first: .max, count: 1)
        batch.events.append(batch.events[0])
        #expect(throws: CommittedBatch.Inconsistency.gap(index: 1)) { try batch.validate() }
    }
}
