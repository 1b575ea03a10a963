import Crypto
import EventLog
import Foundation
import Postgres
import PostgresEventLog
import TestSupport
import Testing
import Text

/// What the log's keeper prints and keeps, and what anybody can tell from it later.
@Suite("The log's head and the proof of a command", .keepingLogs)
struct LogHeadTests {
    /// A key pair in PEM, as OpenSSL writes it.
    private struct Pair {
        var secret: String
        var open: String

        static func edDSA() -> Pair {
            let key = Curve25519.Signing.PrivateKey()
            let secret = "302e020100300506032b657004220420", open = "302a300506032b6570032100"
            return Pair(
                secret: pem("PRIVATE", secret, key.rawRepresentation),
                open: pem("PUBLIC", open, key.publicKey.rawRepresentation))
        }

        static func es256() -> Pair {
            let key = P256.Signing.PrivateKey()
            return Pair(secret: key.pemRepresentation, open: key.publicKey.pemRepresentation)
        }

        private static func pem(_ kind: String, _ start: String, _ key: Data) -> String {
            let der = Data([UInt8](hex: start) ?? []) + key
            return "-----BEGIN \(kind) KEY-----\n\(der.base64EncodedString())\n-----END \(kind) KEY-----\n"
        }
    }

    private static func write(_ text: String, to name: String, in folder: URL) throws -> String {
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    private static func output(of command: [String], in cluster: Cluster) async throws -> String {
        do {
            return try await cluster.replay(command)
        } catch {
            return try #require(error as? ToolFailure).output
        }
    }

    @Test("A signed head finds a tail that was cut off and a past that was written anew")
    func signed() async throws {
        try await Cluster.with { cluster in
            let a = cluster.node("a")
            try await cluster.start(a)
            let show = try await cluster.create(at: a)
            let user = try await cluster.user(at: a)
            #expect(try await user.post("/api/v1/shows/\(show)/holds", Hold.seats("1-1")).status == 201)
            try await withTemporaryFolder { folder in
                for pair in [Pair.edDSA(), .es256()] {
                    let secret = try Self.write(pair.secret, to: "secret.pem", in: folder)
                    let open = try Self.write(pair.open, to: "open.pem", in: folder)
                    let other = try Self.write(Pair.es256().open, to: "other.pem", in: folder)
                    let printed = try await Executable.run(
                        "log", "head", "--postgres-url", cluster.database.readerConninfo, "--sign", secret)
                    let head = try Self.write(printed, to: "head.json", in: folder)

                    let check = ["log", "check", "--head", head]
                    let whole = try await Self.output(of: check + ["--key", open], in: cluster)
                    #expect(whole.contains("the log is whole") && whole.contains("as it was signed"), "\(whole)")
                    let stranger = try await Self.output(of: check + ["--key", other], in: cluster)
                    #expect(stranger.contains("NOT signed"), "\(stranger)")
                    let forged = try Self.write(
                        printed.replacing("\"position\" : 2", with: "\"position\" : 3"), to: "forged.json", in: folder)
                    let refused = try await Self.output(
                        of: ["log", "check", "--head", forged, "--key", open], in: cluster)
                    #expect(refused.contains("NOT signed"), "\(refused)")
                }
                let kept = folder.appending(path: "head.json").path
                try await cluster.loseTail(after: 1, raisingEpoch: false)
                let unaware = try await Self.output(of: ["log", "check"], in: cluster)
                #expect(unaware.contains("the log is whole: 1 events"), "\(unaware)")
                let cut = try await Self.output(of: ["log", "check", "--head", kept], in: cluster)
                #expect(cut.contains("NOT whole") && cut.contains("once had 2 and batch 2"), "\(cut)")

                // Another event in the place of the lost one, properly chained.
                let log = cluster.log()
                let event = try #require(try await log.events(after: 0, limit: 1).first?.event)
                _ = try await cluster.append(event, to: show)
                let rewritten = try await Self.output(of: ["log", "check", "--head", kept], in: cluster)
                #expect(rewritten.contains("NOT whole: the log was rewritten"), "\(rewritten)")
            }
        }
    }

    @Test("A log whose look-up tables are not what its batches say is not whole, and the check names the row")
    func lookUps() async throws {
        try await Cluster.with { cluster in
            let a = cluster.node("a")
            try await cluster.start(a)
            let show = try await cluster.create(at: a)
            let user = try await cluster.user(at: a)
            let held = try await user.post("/api/v1/shows/\(show)/holds", Hold.seats("1-1"))
            let id = try #require(held.commandID)
            let whole = try await Self.output(of: ["log", "check"], in: cluster)
            #expect(whole.contains("the log is whole: 2 events"), "\(whole)")
            try await cluster.database.admin().script("UPDATE holdfast.streams SET version = 1")
            let behind = try await Self.output(of: ["log", "check"], in: cluster)
            #expect(behind.contains("NOT whole: streams has another row for \(show)"), "\(behind)")
            try await cluster.database.admin().script(
                """
                ALTER TABLE holdfast.command_index DISABLE TRIGGER append_only;
                DELETE FROM holdfast.command_index WHERE last_position = 2;
                """)
            let lost = try await Self.output(of: ["log", "check"], in: cluster)
            #expect(lost.contains("NOT whole: command_index has no row for command \(id)"), "\(lost)")
        }
    }

    @Test("A proof shows one command with its events and nobody else's, and a changed one is refused")
    func proof() async throws {
        try await Cluster.with { cluster in
            let a = cluster.node("a")
            try await cluster.start(a)
            let show = try await cluster.create(at: a)
            let alice = try await cluster.user("alice", at: a), bob = try await cluster.user("bob", at: a)
            let held = try await alice.post("/api/v1/shows/\(show)/holds", Hold.seats("1-1"))
            #expect(try await bob.post("/api/v1/shows/\(show)/holds", Hold.seats("1-1")).status == 409)
            let id = try #require(held.commandID)
            let printed = try await cluster.replay(["log", "proof", id])
            #expect(printed.contains("alice") && !printed.contains("bob"))
            try await withTemporaryFolder { folder in
                let file = try Self.write(printed, to: "proof.json", in: folder)
                let verdict = try await Executable.replay(["log", "verify-proof", file])
                let subject = try JSONDecoder().decode(CommandProof.self, from: Data(printed.utf8)).command.principal
                #expect(
                    verdict.contains("has the command \(id) of \(subject) on \(show) with events 2 to 2"), "\(verdict)")
                let forged = try Self.write(
                    printed.replacing("\"eventsBefore\" : 0", with: "\"eventsBefore\" : 1"), to: "forged.json",
                    in: folder)
                await #expect(throws: ToolFailure.self) {
                    try await Executable.replay(["log", "verify-proof", forged])
                }
            }
            let none = try await Self.output(of: ["log", "proof", String(repeating: "0", count: 32)], in: cluster)
            #expect(none.contains("has no command"), "\(none)")
        }
    }
}
