import ArgumentParser
import Contract
import Domain
import EventLog
import Foundation
import PostgresEventLog
import ProgramOutput
import Text

struct DrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draw", abstract: "Verifies the draw of a show's waiting room.", subcommands: [Verify.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verifies that a waiting room's order is the one that was drawn.",
            discussion: """
                With a file that GET /api/v1/shows/ID/queue/draw gave: computes the order anew, without the log. With a show's \
                id: reads the room's events from the log, and also checks that the seeds and the log's hash were fixed in \
                time, that the hash is the log's, and that everybody was admitted in turn. Exits with status 1 otherwise. \
                docs/waiting-room.md says what that does not prove.
                """)
        @OptionGroup var instance: Instance
        @Argument(help: "A published file, or the show's id.") var subject: String
        @Option(help: "With a show's id: also compares this published file with the log.") var published: String?
        @OptionGroup var json: JSONFlag

        /// What came of it, for programs.
        private struct Report: Encodable {
            var isAsDrawn: Bool
            /// Why it is not.
            var fault: String?
            /// Nil: nobody waited, and nothing was drawn.
            var entrants: Int?
            var parties, forfeited: [String]?
            var beaconRound: UInt64?
            /// Nil: the file alone was looked at.
            var admitted: Int?

            init(fault: String) {
                isAsDrawn = false
                self.fault = fault
            }

            init(_ draw: PublishedDraw?, admitted: Int? = nil) {
                isAsDrawn = true
                entrants = draw?.entrants.count
                parties = draw?.commitments.filter { !$0.forfeited }.map(\.party)
                forfeited = draw?.commitments.filter(\.forfeited).map(\.party)
                beaconRound = draw?.beacon?.round
                self.admitted = admitted
            }
        }

        private static let pageEvents = 1_000

        func run() async throws {
            do {
                if FileManager.default.fileExists(atPath: subject) {
                    guard published == nil else { throw ValidationError("--published needs a show's id.") }
                    let draw = try read(subject)
                    try draw.verify()
                    try json.print(Report(draw), orText: verdict(draw))
                } else {
                    try await verifyLog()
                }
            } catch let fault where fault is PublishedDraw.Fault || fault is RoomAudit.Fault || fault is Difference {
                try json.print(Report(fault: "\(fault)"), orText: "this is NOT what was drawn: \(fault)")
                throw ExitCode(1)
            }
        }

        private func verifyLog() async throws {
            let log = try instance.log()
            let audit = try await roomAudit(of: log)
            guard let draw = audit.published else {
                throw ValidationError("The log has no waiting room of \(subject).")
            }
            if let position = audit.closedAt, let seal = audit.draw.seal,
                seal.hash != (try await hash(at: position, log))
            {
                throw Difference("the sealed hash is not the log's at event \(position)")
            }
            if let published {
                var file = try read(published)
                // The room has gone on since.
                file.phase = draw.phase
                if file != draw { throw Difference("\(published) is not what the log has") }
            }
            // A room without entrants before its opening has no draw.
            if !draw.entrants.isEmpty { try draw.verify() }
            let admitted = "\(audit.admittedCount) people were admitted, each in turn"
            try json.print(
                Report(draw.entrants.isEmpty ? nil : draw, admitted: audit.admittedCount),
                orText: draw.entrants.isEmpty ? admitted : "\(verdict(draw))\n\(admitted)")
        }

        private func roomAudit(of log: PostgresEventLog) async throws -> RoomAudit {
            var audit = RoomAudit()
            var version: Int64 = 0
            while true {
                let stream = ShowID(subject).roomStream
                let events = try await log.events(of: stream, after: version, limit: Self.pageEvents)
                guard let last = events.last else { return audit }
                for recorded in events {
                    try audit.next(try WaitingRoomState.codec.decode(recorded.event), at: recorded.position)
                }
                version = last.streamVersion
            }
        }

        /// The log's hash after the batch with the event at `position`.
        private func hash(at position: Int64, _ log: PostgresEventLog) async throws -> [UInt8]? {
            guard let event = try await log.events(after: position - 1, limit: 1).first,
                let (batch, previousHash) = try await log.batch(of: event.commandID),
                batch.hash(after: previousHash) == batch.hash
            else { return nil }
            return batch.hash
        }

        private func read(_ file: String) throws -> PublishedDraw {
            try JSONDecoder().decode(PublishedDraw.self, from: Data(contentsOf: URL(filePath: file)))
        }

        private func verdict(_ draw: PublishedDraw) -> String {
            let forfeited = draw.commitments.filter(\.forfeited).map(\.party)
            let parties = draw.commitments.filter { !$0.forfeited }.map(\.party)
            return "the order of \(draw.entrants.count) entrants is the one that was drawn, with the seeds of "
                + (parties.isEmpty ? "nobody" : parties.joined(separator: ", "))
                + (draw.beacon.map { " and round \($0.round) of the beacon" } ?? "")
                + (forfeited.isEmpty ? "" : "; without \(forfeited.joined(separator: ", "))")
        }
    }

    private struct Difference: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
