import ArgumentParser
import Domain
import EventLog
import Foundation
import Identity
import PostgresEventLog
import ProgramOutput
import Text

extension Log {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Proves that nothing in the log is missing or changed: no event, command, outcome or time.",
            discussion: """
                Exits with status 1 and names the first batch that is wrong otherwise, or the first row of the tables that \
                batches are found through. With --head, also proves that the \
                log still contains all that it contained when `holdfast log head` printed the file: without such a file \
                nobody can tell a log whose tail was cut off, or which was written anew, from a whole one.
                """)
        @OptionGroup var instance: Instance
        @Option(help: "A file that `holdfast log head` printed.") var head: String?
        @Option(help: "The file with the public key that the head must be signed with: Ed25519 or P-256, in PEM.")
        var key: String?
        @OptionGroup var json: JSONFlag

        /// What came of it, for programs.
        private struct Report: Encodable {
            struct Format: Encodable {
                var events: Int64
                var hash: String
            }

            var isWhole: Bool
            /// Why it is not.
            var fault: String?
            var events, batches: Int64?
            var hash: String?
            /// What of it is in format 1.
            var beganIn: Format?
            /// The head of the file, which the log contains.
            var contains: String?
            var isSigned: Bool?
        }

        private static let pageBatches = 256

        func validate() throws {
            guard key == nil || head != nil else { throw ValidationError("--key needs --head.") }
        }

        func run() async throws {
            let earlier = try earlierHead()
            let log = try instance.log()
            let lookUps = try await LookUpCheck(of: log)
            let head = lookUps.head
            let start = try await log.chainStart()
            var check = LogCheck(start, containing: earlier)
            var bar = ProgressBar("checking", total: head.position)
            do {
                while check.place.number < head.batch {
                    let limit = Int(min(Int64(Self.pageBatches), head.batch - check.place.number))
                    let batches = try await log.batches(after: check.place, limit: limit)
                    async let misplaced = lookUps.fault(in: batches)
                    for batch in batches { try check.next(batch) }
                    if let fault = try await misplaced { throw fault }
                    if batches.isEmpty { break }
                    bar.update(check.position)
                }
                try check.end(at: head)
                if let fault = try await lookUps.fault(after: check) { throw fault }
            } catch let error where error is LogCheck.Fault || error is LookUpCheck.Fault {
                bar.finish(check.position)
                try json.print(
                    Report(isWhole: false, fault: "\(error)"), orText: "the log is NOT whole: \(error)")
                throw ExitCode(1)
            }
            bar.finish(check.position)
            var report = Report(
                isWhole: true, events: check.position, batches: head.batch, hash: head.hash.hex)
            var lines = ["the log is whole: \(check.position) events, \(head.batch) batches, hash \(head.hash.hex)"]
            if start.position > 0 {
                report.beganIn = Report.Format(events: start.position, hash: start.hash.hex)
                lines.append("it began in format 1: \(start.position) events, hash \(start.hash.hex)")
            }
            if let earlier {
                report.contains = "\(earlier.epoch).\(earlier.position)"
                report.isSigned = key != nil
                let signed = key == nil ? "" : ", as it was signed"
                lines.append(
                    "it contains the head \(earlier.epoch).\(earlier.position), batch \(earlier.batch)\(signed)")
            }
            try json.print(report, orText: lines.joined(separator: "\n"))
        }

        private func earlierHead() throws -> HashedHead? {
            guard let head else { return nil }
            let document = try JSONDecoder().decode(SignedHead.self, from: Data(contentsOf: URL(filePath: head)))
            guard let key else { return document.head }
            let verification = try DocumentVerificationKey(pemFile: key)
            guard let signature = document.signature, signature.algorithm == verification.algorithm,
                verification.isValid(signature.bytes, for: document.signedText)
            else {
                let fault = "\(head) is NOT signed with the key \(verification.keyID)"
                try json.print(Report(isWhole: false, fault: fault), orText: fault)
                throw ExitCode(1)
            }
            return document.head
        }
    }

    struct Proof: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a proof, as JSON, that the log has a command with its events.",
            discussion: "Of other commands and streams the proof shows nothing but hashes and counts.")
        @OptionGroup var instance: Instance
        @Argument(help: "The command's id, as the Command-Id header has it.") var commandID: String
        @OptionGroup var json: JSONFlag

        func run() async throws {
            guard let id = CommandID(commandID) else {
                throw ValidationError("A command id is 32 lower-case hexadecimal digits.")
            }
            guard let (batch, previousHash) = try await instance.log().batch(of: id),
                let proof = CommandProof(of: id, in: batch, after: previousHash)
            else { throw ValidationError("The log has no command \(id).") }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(proof), as: UTF8.self))
        }
    }

    struct VerifyProof: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify-proof", abstract: "Verifies a proof, without the log.",
            discussion:
                "Exits with status 1 if it proves nothing. Compare the hash of the batch with one that you trust.")
        @Argument(help: "A file that `replay log proof` printed.") var file: String
        @OptionGroup var json: JSONFlag

        /// What came of it, for programs.
        private struct Report: Encodable {
            var isProof: Bool
            /// Why it is none.
            var fault: String?
            var batch: Int64?
            var hash, command, principal, stream: String?
            /// The first and the last event; nil: it has none.
            var events: [Int64]?
        }

        func run() throws {
            let proof = try JSONDecoder().decode(CommandProof.self, from: Data(contentsOf: URL(filePath: file)))
            do {
                try proof.verify()
            } catch {
                try json.print(
                    Report(isProof: false, fault: "it is wrong about the \(error)"),
                    orText: "this is NOT a proof: it is wrong about the \(error)")
                throw ExitCode(1)
            }
            let events = proof.positions.map { "events \($0.lowerBound) to \($0.upperBound)" } ?? "no events"
            try json.print(
                Report(
                    isProof: true, batch: proof.header.number, hash: proof.hash.hex,
                    command: "\(proof.command.id)", principal: "\(proof.command.principal)",
                    stream: "\(proof.part.stream)",
                    events: proof.positions.map { [$0.lowerBound, $0.upperBound] }),
                orText:
                    "batch \(proof.header.number) with the hash \(proof.hash.hex) has the command \(proof.command.id) of "
                    + "\(proof.command.principal) on \(proof.part.stream) with \(events)")
        }
    }
}
