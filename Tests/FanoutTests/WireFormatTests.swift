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
        var batch = makeBatch(
            epoch: 3, first: 41, count: 5, head: 50, trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        #expect(try CommittedBatch(decoding: batch.encode()) == batch)
        batch.traces = [
            EventTrace(positions: 41...43, traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            EventTrace(positions: 45...45, traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01"),
        ]
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
        func trace(_ first: Int64, _ last: Int64, _ text: String = "x") -> Holdfast_V1_FanoutMessage.Trace {
            var trace = Holdfast_V1_FanoutMessage.Trace()
            (trace.firstPosition, trace.lastPosition, trace.traceParent) = (first, last, text)
            return trace
        }
        #expect(try refused { $0.traces = [trace(5, 6)] } == nil)
        for (first, last) in [(4, 6), (5, 7), (6, 5), (.min, .max)] as [(Int64, Int64)] {
            #expect(try refused { $0.traces = [trace(first, last)] } == .invalidField("traces.position", index: 0))
        }
        for text in ["", "a b", String(repeating: "0", count: 257)] {
            #expect(
                try refused { $0.traces = [trace(5, 5), trace(6, 6, text)] }
                    == .invalidField("traces.trace_parent", index: 1))
        }
        #expect(
            try refused { $0.traces = [trace(5, 6), trace(6, 6)] } == .invalidField("traces.position", index: 1))
        #expect(
            try refused { $0.traces = Array(repeating: trace(5, 5), count: 4_097) } == .invalidField("traces"))
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

    @Test(arguments: [(count: 1, payloadBytes: 5000), (8, 10), (7, 300)])
    func `Of a batch over the limits only the head is told`(_ size: (count: Int, payloadBytes: Int)) throws {
        let batch = makeBatch(first: 10, count: size.count, payloadBytes: size.payloadBytes, head: 200)
        let message = try CommittedBatch(decoding: batch.message(bytesMax: 2000, eventsMax: 7))
        #expect(message == CommittedBatch(head: LogPosition(epoch: 1, position: 200)))
    }

    /// A batch that a log has, with two streams and a rejection between their commands.
    private func sealedBatch() async throws -> CommittedBatch {
        let log = InMemoryEventLog()
        func command(_ number: UInt64, events: Int) -> DecidedCommand {
            let event = EncodedEvent(type: "HoldPlaced", schemaVersion: 1, payload: [UInt8(number)])
            return DecidedCommand(
                id: CommandID(high: 7, low: number), principal: "ann", fingerprint: [UInt8](repeating: 1, count: 32),
                outcome: [2], events: Array(repeating: event, count: events))
        }
        _ = try await log.append(
            AppendBatch(
                epoch: 1,
                streams: [
                    StreamAppend(
                        stream: StreamID("a"), expectedVersion: 0,
                        commands: [command(1, events: 2), command(2, events: 0), command(3, events: 1)]),
                    StreamAppend(stream: StreamID("b"), expectedVersion: 0, commands: [command(4, events: 0)]),
                    StreamAppend(stream: StreamID("c"), expectedVersion: 0, commands: [command(5, events: 1)]),
                ]))
        let batch = try #require(await log.batches(after: .start, limit: 1).first)
        return CommittedBatch(
            epoch: 1, events: batch.events, head: 4, seal: BatchSeal(batch, after: ChainStart.new.hash))
    }

    @Test func `A sealed batch arrives with the hash that the log has, and nothing about its callers`() async throws {
        let batch = try await sealedBatch()
        let received = try CommittedBatch(decoding: batch.encode())
        #expect(received.events == batch.events && received.mark == batch.mark)
        #expect(received.seal?.parts.map(\.commands.hashed) == batch.seal?.parts.map(\.commands.hashed))
        #expect(!String(decoding: batch.encode(), as: UTF8.self).contains("ann"))
        // What was received can be sent on.
        #expect(try CommittedBatch(decoding: received.encode()) == received)
    }

    @Test func `An event under another's hash is refused, whatever was changed`() async throws {
        let batch = try await sealedBatch()
        let changes: [(inout CommittedBatch) -> Void] = [
            { $0.events[3].event.payload = [9] }, { $0.events[0].event.type = "HoldReleased" },
            { $0.events[0].event.schemaVersion = 2 }, { $0.events[1].commandID = CommandID(high: 7, low: 9) },
            { $0.events[3].stream = StreamID("d") }, { $0.events[0].streamVersion = 2 }, { $0.events.swapAt(0, 2) },
            { for index in $0.events.indices { $0.events[index].recordedAt = Timestamp(microseconds: 1) } },
            {
                for index in $0.events.indices { $0.events[index].position += 1 }; $0.head = 5
            }, { $0.epoch = 2 },
            { $0.events.removeLast() }, { $0.seal?.hash[0] ^= 1 }, { $0.seal?.previousHash[0] ^= 1 },
            { $0.seal?.number += 1 }, { $0.seal?.parts.removeLast() }, { $0.seal?.parts[0].lastPosition = 1 },
            { $0.seal?.parts[0].version = 1 }, { $0.seal?.parts[1].stream = StreamID("d") },
        ]
        for (index, change) in changes.enumerated() {
            var changed = batch
            change(&changed)
            #expect(throws: FanoutDecodingError.self, "change \(index)") {
                try CommittedBatch(decoding: changed.encode())
            }
        }
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
