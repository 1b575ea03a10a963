import EventLog
import Foundation
import Logging
import SeededRandom
import Testing
@testable import Following
@testable import Projection

@Suite("A snapshot")
struct SnapshotTests {
    static func sample(_ sequence: Int64 = 5, epoch: Int64 = 2, payload: [UInt8] = Array(0..<200)) -> Snapshot {
        Snapshot(projection: "diary", formatVersion: 3, epoch: epoch, sequence: sequence, payload: payload)
    }

    @Test("It is read as it was written") func roundTrip() throws {
        for payload in [[], [0], Array(0...255)] as [[UInt8]] {
            let snapshot = Self.sample(.max, epoch: .max, payload: payload)
            #expect(try Snapshot(encoded: snapshot.encoded) == snapshot)
        }
    }

    @Test("Any bit that flips is noticed") func flips() {
        let bytes = Self.sample().encoded
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                #expect(throws: ProjectionFault.self) { try Snapshot(encoded: damaged) }
            }
        }
    }

    @Test("Anything that is missing or too much is noticed") func truncations() {
        let bytes = Self.sample().encoded
        for count in bytes.indices {
            #expect(throws: ProjectionFault.self) { try Snapshot(encoded: Array(bytes.prefix(count))) }
        }
        for rest: [UInt8] in [[0], [0x0A, 0], bytes] {
            #expect(throws: ProjectionFault.self) { try Snapshot(encoded: bytes + rest) }
        }
    }

    @Test("A place that can't be is refused, though the checksum is right") func places() {
        for (sequence, epoch) in [(-1, 1), (1, -1)] as [(Int64, Int64)] {
            let snapshot = Self.sample(sequence, epoch: epoch)
            #expect(throws: ProjectionFault.self) { try Snapshot(encoded: snapshot.encoded) }
        }
    }

    @Test("Random bytes are refused") func noise() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let noise = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            #expect(throws: ProjectionFault.self) { try Snapshot(encoded: noise) }
            #expect(throws: ProjectionFault.self) { try Snapshot(encoded: Array("HFSNAP01".utf8) + noise) }
        }
    }

    @Test("Its digest is the SHA-256 of the payload") func digest() {
        // FIPS 180-2, appendix B.1.
        #expect(
            canonicalDigest(of: Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(Self.sample(1).digest == Self.sample(2).digest)
    }
}

@Suite("The snapshots in a folder")
struct SnapshotStoreTests {
    /// A folder of its own for each test.
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("snapshots-\(UUID())").path
    private let journal = Journal()
    private var store: SnapshotStore { SnapshotStore(directory: folder, logger: journal.logger) }
    private let epochs = EpochHistory.starting(after: 0, 0)

    private func newest(_ epochs: EpochHistory? = nil, formatVersion: Int = 3, head: Int64 = 100) -> Snapshot? {
        store.newest(of: "diary", formatVersion: formatVersion, epochs: epochs ?? self.epochs, head: head)
    }

    private func cleanUp() throws { try FileManager.default.removeItem(atPath: folder) }

    private func path(_ snapshot: Snapshot) -> String {
        "\(folder)/\(snapshot.projection)-\(snapshot.epoch).\(snapshot.sequence).snapshot"
    }

    @Test("Without a folder there is none") func noFolder() {
        #expect(newest() == nil)
        #expect(journal.warnings.isEmpty)
    }

    @Test("The newest is found, two are kept") func newestOfThree() throws {
        for sequence: Int64 in [8, 9, 10] { try store.save(SnapshotTests.sample(sequence)) }
        #expect(newest() == SnapshotTests.sample(10))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                "diary-2.10.snapshot", "diary-2.9.snapshot",
            ])
        try cleanUp()
    }

    @Test("A damaged one is ignored with a warning, and the one before it taken") func damaged() throws {
        try store.save(SnapshotTests.sample(8))
        try store.save(SnapshotTests.sample(9))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path(SnapshotTests.sample(9))))
        bytes[100] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path(SnapshotTests.sample(9))))
        #expect(newest() == SnapshotTests.sample(8))
        #expect(journal.warnings.count == 1)
        try cleanUp()
    }

    @Test("What a crash left half written aside is ignored, and no name leads elsewhere") func strangeFiles() throws {
        try store.save(SnapshotTests.sample(8))
        for name in [
            ".diary.4711", "diary-2.99.snapshot.tmp", "diary-x.snapshot", "diary-2.-7.snapshot", "diary-.snapshot",
            "diary-99.snapshot", "diary-2.99", "diary-2-2.99.snapshot",
        ] {
            try Data("half".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        #expect(newest() == SnapshotTests.sample(8))
        #expect(journal.warnings.isEmpty)
        try FileManager.default.createDirectory(
            atPath: "\(folder)/diary-2.50.snapshot", withIntermediateDirectories: false)
        #expect(newest() == SnapshotTests.sample(8))
        #expect(journal.warnings.count == 1)
        try cleanUp()
    }

    @Test("One of another format, of another projection, of a lost tail or beyond the log is ignored with a warning")
    func ignored() throws {
        try store.save(SnapshotTests.sample(50))
        #expect(newest(formatVersion: 4) == nil)
        #expect(newest(.starting(after: 0, 0, 49)) == nil)
        #expect(newest(.starting(after: 0)) == nil, "no such epoch")
        #expect(newest(head: 49) == nil)
        #expect(journal.warnings.count == 4)
        #expect(newest(.starting(after: 0, 0, 50), head: 50) != nil)

        let stranger = Snapshot(projection: "counter", formatVersion: 3, epoch: 2, sequence: 60, payload: [])
        try Data(stranger.encoded).write(to: URL(fileURLWithPath: "\(folder)/diary-2.60.snapshot"))
        #expect(newest() == SnapshotTests.sample(50))
        #expect(journal.warnings.count == 5)
        try cleanUp()
    }

    @Test("After a lost tail the new ones count, though their numbers are smaller") func newEpochFirst() throws {
        let epochs = EpochHistory.starting(after: 0, 0, 20)
        try store.save(SnapshotTests.sample(90, epoch: 2))
        try store.save(SnapshotTests.sample(95, epoch: 2))
        try store.save(SnapshotTests.sample(30, epoch: 3))
        #expect(newest(epochs) == SnapshotTests.sample(30, epoch: 3))
        try store.save(SnapshotTests.sample(40, epoch: 3))
        #expect(newest(epochs) == SnapshotTests.sample(40, epoch: 3))
        #expect(!FileManager.default.fileExists(atPath: path(SnapshotTests.sample(95, epoch: 2))))
        try cleanUp()
    }

    @Test("Projections whose names begin alike keep to their own") func prefixes() throws {
        for name in ["diary", "diary-2"] {
            for sequence: Int64 in 1...3 {
                try store.save(
                    Snapshot(
                        projection: name, formatVersion: 3, epoch: 1, sequence: sequence, payload: Array(name.utf8)))
            }
        }
        #expect(newest(.starting(after: 0))?.payload == Array("diary".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 4)
        try cleanUp()
    }

    @Test("A folder that can't be written to: the caller is told") func unwritable() throws {
        try Data().write(to: URL(fileURLWithPath: folder))  // A file stands where the folder should be.
        #expect(throws: (any Error).self) { try store.save(SnapshotTests.sample()) }
        #expect(newest() == nil)
        try cleanUp()
    }
}
