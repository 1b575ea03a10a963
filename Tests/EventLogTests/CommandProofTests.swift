import Domain
import EventLog
import Foundation
import SeededRandom
import Testing
import Text

@Suite("A proof of a command")
struct CommandProofTests {
    /// A log of some batches, and the head after them.
    private static func batches() async throws -> [RecordedBatch] {
        let log = InMemoryEventLog()
        for append in [
            [StreamAppend.some("a", at: 0, [1])],
            [.some("a", at: 1, [2, 0, 1, 3]), .some("b", at: 0, [0]), .some("c", at: 0, [1, 1])],
            [.some("c", at: 2, [0, 2])],
        ] {
            _ = try await log.append(AppendBatch(epoch: 1, streams: append))
        }
        return await log.batches(after: .start, limit: .max)
    }

    private static func proofs() async throws -> [(proof: CommandProof, batch: RecordedBatch)] {
        var previous = ChainStart.new.hash
        return try await batches().flatMap { batch in
            defer { previous = batch.hash }
            return try batch.commandIDs.map {
                (try #require(CommandProof(of: $0, in: batch, after: previous)), batch)
            }
        }
    }

    @Test("is accepted for every command, with the positions of its events")
    func everyCommand() async throws {
        let proofs = try await Self.proofs()
        #expect(proofs.count == 10)
        for (proof, batch) in proofs {
            try proof.verify()
            let positions = batch.events.filter { $0.commandID == proof.command.id }.map(\.position)
            #expect(proof.positions.map(Array.init) ?? [] == positions)
        }
    }

    @Test("is refused when anything in it was changed")
    func changed() async throws {
        let found = try await Self.proofs().first { $0.proof.command.events.count == 3 }
        let proof = try #require(found?.proof)
        let changes: [(inout CommandProof) -> Void] = [
            { $0.command.principal = "somebody-else" }, { $0.command.outcome.append(1) },
            { $0.command.fingerprint[0] ^= 1 }, { $0.command.id = CommandID(high: 0, low: 1) },
            { $0.command.events[1].payload.append(1) }, { $0.command.events[2].type = "Sold" },
            { $0.command.events.swapAt(0, 1) }, { $0.command.events.removeLast() },
            {
                $0.command.events.removeLast(); $0.paths.removeLast()
            }, { $0.eventsBefore += 1 }, { $0.leafIndex += 1 },
            { $0.eventCount += 1 }, { $0.eventPlaces[2] = 3 },
            { $0.eventPlaces.removeLast() }, { $0.eventPlaces = [0, 0, 2] }, { $0.eventCount = .max },
            { $0.paths[0].removeLast() }, { $0.paths.removeAll() }, { $0.part.version += 1 },
            { $0.part.stream = StreamID("b") }, { $0.part.firstPosition += 1 }, { $0.part.commandCount += 1 },
            { $0.part.commandCount = .max }, { $0.command.events[0].schemaVersion += 65_536 },
            { $0.part.eventCount += 1 << 32 }, { $0.part.firstPosition = .max }, { $0.eventsBefore = .max },
            { $0.part.root[0] ^= 1 }, { $0.partIndex += 1 }, { $0.partPath = [] },
            { $0.header.recordedAt = $0.header.recordedAt.adding(seconds: 1) }, { $0.header.number += 1 },
            { $0.header.epoch += 1 }, { $0.header.partCount += 1 }, { $0.hash[0] ^= 1 }, { $0.previousHash[0] ^= 1 },
        ]
        for (index, change) in changes.enumerated() {
            var changed = proof
            change(&changed)
            #expect(throws: CommandProof.Fault.self, "change \(index)") { try changed.verify() }
        }
    }

    @Test("may leave out what its reader is not to see, and stays one")
    func partial() async throws {
        let found = try await Self.proofs().first { $0.proof.command.events.count == 3 }
        let proof = try #require(found?.proof)
        for index in proof.command.events.indices {
            let event = proof.command.events[index]
            let partial = proof.showing { $0 == event }
            #expect(partial.command.events == [event] && partial.eventPlaces == [index])
            #expect(partial.positions == proof.positions)
            try partial.verify()
            let json = try JSONEncoder().encode(partial)
            let read = try JSONDecoder().decode(CommandProof.self, from: json)
            #expect(read == partial)
            #expect(String(decoding: json, as: UTF8.self).components(separatedBy: "\"payload\"").count == 2)
            var changed = partial
            changed.eventPlaces = [(index + 1) % 3]
            #expect(throws: CommandProof.Fault.self) { try changed.verify() }
        }
        try proof.showing { _ in false }.verify()
    }

    @Test("shows no other command, principal or stream, and survives being written down")
    func discreet() async throws {
        let proofs = try await Self.proofs()
        for (proof, batch) in proofs {
            let json = String(decoding: try JSONEncoder().encode(proof), as: UTF8.self)
            for other in batch.commandIDs where other != proof.command.id {
                #expect(!json.contains(other.description))
            }
            for part in batch.parts where part.stream != proof.part.stream {
                #expect(!json.contains("\"\(part.stream.rawValue)\""))
            }
            #expect(try JSONDecoder().decode(CommandProof.self, from: Data(json.utf8)) == proof)
        }
    }

    @Test("that nobody made is refused, whatever it contains")
    func hostile() async throws {
        var random = SeededGenerator(seed: 11)
        let genuine = try await Self.proofs().map(\.proof)
        for _ in 0..<500 {
            var text = Array(try JSONEncoder().encode(genuine[Int.random(in: 0..<genuine.count, using: &random)]))
            let index = Int.random(in: 0..<text.count, using: &random)
            text[index] = UInt8(ascii: "0") &+ UInt8.random(in: 0..<10, using: &random)
            do {
                let proof = try JSONDecoder().decode(CommandProof.self, from: Data(text))
                if !genuine.contains(proof) {
                    #expect(throws: CommandProof.Fault.self) { try proof.verify() }
                }
            } catch is DecodingError {
                // Not even the form of a proof.
            }
        }
    }

    @Test("A signed head says what was signed, and survives being written down")
    func signedHead() throws {
        let head = HashedHead(
            epoch: 2, position: 4711, batch: 17, hash: [UInt8](repeating: 0xAB, count: 32),
            recordedAt: Timestamp(microseconds: 1_767_225_600_000_001))
        let signed = SignedHead(
            head: head, signature: SignedHead.Signature(algorithm: "EdDSA", keyID: "k", bytes: [1, 255]))
        #expect(
            signed.signedText
                == "holdfast log head\n2.4711\n17\n\(String(repeating: "ab", count: 32))\n1767225600000001\n")
        let json = try JSONEncoder().encode(signed)
        #expect(try JSONDecoder().decode(SignedHead.self, from: json) == signed)
        let unsigned = try JSONEncoder().encode(SignedHead(head: head))
        #expect(try JSONDecoder().decode(SignedHead.self, from: unsigned) == SignedHead(head: head))
    }
}
