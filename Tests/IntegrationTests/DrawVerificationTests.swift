import Contract
import Domain
import EventLog
import Foundation
import PostgresEventLog
import TestSupport
import Testing

/// What anybody can tell of a waiting room's draw, from what is published and from the log.
@Suite("The draw of a waiting room", .keepingLogs)
struct DrawVerificationTests {
    /// A room in the log that twenty people joined before the opening.
    private struct LoggedRoom {
        let cluster: Cluster
        let show = ShowID("0123456789abcdef")
        private(set) var state = WaitingRoomState()
        private(set) var closedAt: Int64 = 0

        init(in cluster: Cluster) async throws {
            self.cluster = cluster
            let settings = RoomSettings(
                prequeueFrom: at(100), opensAt: at(200), admitPerMinute: 600, maxActive: 100,
                draw: DrawTerms(parties: [DrawCommitment(party: "artist", commitment: Draw.sha256(seed))]))
            let valid = try ValidRoomSettings(settings)
            try await run(.configure(valid, showID: show, instanceCommitment: Draw.sha256(seed)), at: 0)
            for index in 0..<20 { try await run(.join(EntryID("\(show)-\(index)"), UserID("u\(index)")), at: 100) }
            try await run(.advance(limit: 100), at: 200)
        }

        mutating func run(_ command: RoomCommand, at seconds: Int64) async throws {
            for event in try state.decide(command, now: at(seconds)) {
                state.evolve(event)
                let position = try await append(event)
                state.didRecord(event, at: position)
                if case .phaseChanged(let changed) = event, changed.phase == .drawing { closedAt = position }
            }
        }

        @discardableResult
        func append(_ event: RoomEvent) async throws -> Int64 {
            try await cluster.append(EncodedEvent(event), to: show.roomStream.rawValue)
        }

        /// The log's hash at the close of the set.
        func hash() async throws -> [UInt8] {
            let log = cluster.log()
            let event = try #require(try await log.events(after: closedAt - 1, limit: 1).first)
            return try #require(try await log.batch(of: event.commandID)).batch.hash
        }

        mutating func draw(hash: [UInt8]) async throws {
            try await run(.sealDraw(position: closedAt, hash: hash), at: 201)
            for party in [DrawCommitment.instance, "artist"] {
                try await run(.reveal(party: party, seed: seed), at: 202)
            }
            try await run(.advance(limit: 100), at: 203)
        }

        func published() async throws -> PublishedDraw {
            var audit = RoomAudit()
            for recorded in try await cluster.log().events(of: show.roomStream, after: 0, limit: 1_000) {
                try audit.next(try WaitingRoomState.codec.decode(recorded.event), at: recorded.position)
            }
            return try #require(audit.published)
        }
    }

    private static func write(_ draw: PublishedDraw, to name: String, in folder: URL) throws -> String {
        let file = folder.appending(path: name)
        try JSONEncoder().encode(draw).write(to: file)
        return file.path
    }

    @Test("A published draw is verified by the replay tool and by the script, and refused by both when it was changed")
    func file() async throws {
        try await Cluster.with { cluster in
            var room = try await LoggedRoom(in: cluster)
            try await room.draw(hash: try await room.hash())
            let draw = try await room.published()
            try await withTemporaryFolder { folder in
                let good = try Self.write(draw, to: "draw.json", in: folder)
                let verdict = try await Executable.replay(["draw", "verify", good])
                #expect(verdict.contains("20 entrants") && verdict.contains("instance, artist"), "\(verdict)")
                #expect(try await Project.run("docs/verify-draw.py", good).contains("is the one that was drawn"))
                let changes: [(inout PublishedDraw) -> Void] = [
                    { $0.order?.swapAt(3, 4) }, { $0.order = nil }, { $0.entrants.append("somebody") },
                    { $0.logHash = $0.commitments[0].commitment }, { $0.commitments[1].forfeited = true },
                    { $0.commitments[1].seed = $0.logHash }, { $0.algorithm = "SHA-1" },
                    { $0.beacon = PublishedDraw.Beacon(chain: "", round: 1, randomness: $0.logHash, signature: "00") },
                ]
                for (index, change) in changes.enumerated() {
                    var changed = draw
                    change(&changed)
                    let bad = try Self.write(changed, to: "\(index).json", in: folder)
                    await #expect(throws: ToolFailure.self) { try await Executable.replay(["draw", "verify", bad]) }
                    await #expect(throws: ToolFailure.self) { try await Project.run("docs/verify-draw.py", bad) }
                }
            }
        }
    }

    @Test("The log shows that the draw was fixed in time and that everybody was admitted in turn")
    func log() async throws {
        try await Cluster.with { cluster in
            var room = try await LoggedRoom(in: cluster)
            try await room.draw(hash: try await room.hash())
            try await room.run(.advance(limit: 5), at: 204)
            let draw = try await room.published()
            let show = room.show.rawValue
            try await withTemporaryFolder { folder in
                let good = try Self.write(draw, to: "draw.json", in: folder)
                let verdict = try await cluster.replay(["draw", "verify", show, "--published", good])
                #expect(verdict.contains("5 people were admitted, each in turn"), "\(verdict)")
                var other = draw
                other.logPosition = 1
                let bad = try Self.write(other, to: "other.json", in: folder)
                await #expect(throws: ToolFailure.self) {
                    try await cluster.replay(["draw", "verify", show, "--published", bad])
                }
            }
            // Number 7 before number 6.
            let seventh = EntryID(try #require(draw.order)[6])
            let user = UserID("u\(seventh.rawValue.split(separator: "-").last ?? "")")
            try await room.append(
                .admitted(
                    EntriesAdmitted(
                        entries: [EntriesAdmitted.Entry(entryID: seventh, userID: user, number: 7)],
                        at: at(205), claimUntil: at(206), sessionUntil: at(207))))
            let refusal = await #expect(throws: ToolFailure.self) {
                try await cluster.replay(["draw", "verify", show])
            }
            #expect(refusal?.output.contains("number 6, was next") == true, "\(refusal?.output ?? "")")
        }
    }

    @Test("A sealed hash that is not the log's is found")
    func hash() async throws {
        try await Cluster.with { cluster in
            var room = try await LoggedRoom(in: cluster)
            try await room.draw(hash: seed)
            let show = room.show.rawValue
            let refusal = await #expect(throws: ToolFailure.self) {
                try await cluster.replay(["draw", "verify", show])
            }
            #expect(refusal?.output.contains("the sealed hash is not the log's") == true, "\(refusal?.output ?? "")")
        }
    }
}

private let seed = [UInt8](repeating: 7, count: Draw.seedBytes)

private func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
