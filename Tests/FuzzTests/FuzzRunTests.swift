import EventLog
import Foundation
import Following
import Projection
import SeededRandom
import Testing

@testable import Text

/// The fuzzer itself: what it has to find, it finds.
@Suite("The fuzzer")
struct FuzzRunTests {
    private static let json = Array(#"{"name":"Night","seats":["a","b"],"quantity":3}"#.utf8)

    private func run(_ form: Mutator.Form, _ sample: [UInt8], _ parse: ([UInt8]) throws -> String) throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-fuzzer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let failures = try FuzzRun(
            parser: "planted", inputs: 3_000, samples: [sample], mutation: form, words: ["seats", "floor"],
            folder: folder.path
        ).run(plan: FuzzPlan(inputs: 3_000, environment: [:]), parse)
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(kept.count == failures.count, "the input at hand is gone, what broke something is there")
        try FileManager.default.removeItem(at: folder)
        return failures
    }

    @Test("The same seed makes the same inputs, another seed others") func seeds() throws {
        func inputs(_ seed: UInt64) -> [[UInt8]] {
            var mutator = Mutator(form: .http, words: ["x"], random: SeededGenerator(seed: seed))
            return (0..<500).map { _ in mutator.mutated(from: [Self.json, Array("GET / HTTP/1.1\r\n\r\n".utf8)]) }
        }
        #expect(inputs(7) == inputs(7))
        #expect(inputs(7) != inputs(8))
    }

    @Test("Changed JSON is often JSON still, and often not") func json() throws {
        var mutator = Mutator(form: .json, words: [], random: SeededGenerator(seed: 1))
        let valid = (0..<2_000).count { _ in JSONScan.fault(in: mutator.mutated(from: [Self.json])) == nil }
        #expect((200...1_800).contains(valid))
    }

    @Test("Changed snapshots have the right checksum, as a rule") func snapshots() throws {
        let snapshot = Snapshot(projection: "view", formatVersion: 1, epoch: 1, sequence: 2, payload: [0x0A, 1, 0x61])
            .encoded
        var mutator = Mutator(form: .snapshot, words: [], random: SeededGenerator(seed: 1))
        let refusals = (0..<2_000).map { _ in
            do throws(ProjectionFault) {
                _ = try Snapshot(encoded: mutator.mutated(from: [snapshot]))
                return ""
            } catch {
                return error.description
            }
        }
        #expect(refusals.count { $0.isEmpty } > 500)
        #expect(refusals.contains("damaged: the checksum differs"))
    }

    @Test("A planted fault is reported with its input and how to see it again") func faults() throws {
        struct Trap: Error {}
        let failures = try run(.json, Self.json) { input in
            let text = String(decoding: input, as: UTF8.self)
            if text.contains(#""quantity":-"#) { throw Trap() }
            return ""
        }
        #expect(failures.count == 5)
        #expect(failures.allSatisfy { $0.contains("Trap()") && $0.contains("seed 1, input ") && $0.contains(".found") })
    }

    @Test("What comes to something new is mutated further: it gets where no single step leads") func deeper() throws {
        // Each step is likely from the one before, and all at once never.
        let failures = try run(.text, Array("0".utf8)) { input in
            let depth = input.count { $0 == UInt8(ascii: "{") }
            if depth >= 24 { throw Violation("deep") }
            return "\(depth)"
        }
        #expect(!failures.isEmpty)
    }
}
