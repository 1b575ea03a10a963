import Crypto
import EventLog
import Foundation
import Postgres
import PostgresEventLog
import Subprocess
import TestSupport
import Testing

/// Today's executables on a log that earlier ones wrote; `Fixtures/README.md` says what is in it.
@Suite("A log of the first format", .keepingLogs)
struct OldLogTests {
    private static let types: Set<String> = [
        "ShowCreated", "ShowCancelled", "HoldPlaced", "HoldReleased", "HoldExpired", "PurchaseStarted",
        "PurchaseFailed",
        "SeatsSold", "PaymentCaptured", "PaymentVoided", "PaymentRefunded", "PaymentParked", "PaymentResumed",
        "TicketsReturned", "TicketScanned", "TicketChanged",
    ]

    /// What the executables that wrote the log said about it.
    private struct Findings: Decodable {
        struct Lines: Decodable {
            var projection: String
            var sequence: Int64
            var lines: Int
            var sha256: String
        }

        struct Command: Decodable {
            var subject: String
            var role: String
            var answer: JSON
        }

        var events: Int64
        var hash: String
        var projections: [Lines]
        var commands: [Command]

        init() throws {
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: OldLogTests.fixture("log-format-1.json")))
        }
    }

    private static func fixture(_ name: String) -> URL {
        Project.root.appending(path: "Tests/IntegrationTests/Fixtures/\(name)")
    }

    private static func restored(_ body: (Cluster, Findings) async throws -> Void) async throws {
        let findings = try Findings()
        try await Cluster.with { cluster in
            // A database as the release that wrote the log made it, then brought up to date.
            try await cluster.database.admin().script(
                "DROP SCHEMA holdfast CASCADE; DROP SCHEMA holdfast_orders CASCADE")
            try await Project.run("Tests/acceptance/migrate/released/tools/migrate", cluster.database.adminConninfo)
            try await cluster.database.run(Self.fixture("log-format-1.sql"))
            try await Project.run("tools/migrate", cluster.database.adminConninfo)
            try await body(cluster, findings)
        }
    }

    @Test("It is whole, and has every type of event and two epochs")
    func whole() async throws {
        try await Self.restored { cluster, findings in
            let verdict = try await cluster.replay(["log", "check"])
            #expect(verdict.contains("the log is whole: \(findings.events) events"), "\(verdict)")
            let kept = "began in format 1: \(findings.events) events, hash \(findings.hash)"
            #expect(verdict.contains(kept), "\(verdict)")
            let events = try await cluster.replay(["log", "export"]).split(separator: "\n").map { line in
                try JSON(parsing: line.utf8)
            }
            #expect(Set(events.compactMap { $0["type"]?.text }) == Self.types)
            #expect(events.allSatisfy { $0["payload"] != nil && $0["unreadable"] == nil })
            #expect(try await cluster.log().head().epoch == 2)
        }
    }

    @Test("Every projection folds it to the same lines")
    func projections() async throws {
        try await Self.restored { cluster, findings in
            #expect(Set(findings.projections.map(\.projection)).count == 3)
            for expected in findings.projections {
                let lines = try await cluster.replay(
                    ["as-of", expected.projection, "--sequence", "\(expected.sequence)"]
                ).split(separator: "\n")
                let digest = SHA256.hash(data: Data(lines.map { $0 + "\n" }.joined().utf8))
                let place = "\(expected.projection) at \(expected.sequence)"
                #expect(lines.count == expected.lines, "\(place)")
                #expect(digest.map { String(format: "%02x", $0) }.joined() == expected.sha256, "\(place)")
            }
        }
    }

    @Test("Clients are told the same of their commands, and may go on")
    func commands() async throws {
        try await Self.restored { cluster, findings in
            let a = cluster.node("a")
            try await cluster.start(a)
            var tokens: [String: String] = [:]
            for command in findings.commands {
                let key = "\(command.role) \(command.subject)"
                if tokens[key] == nil {
                    tokens[key] = try await cluster.tokens.token(command.subject, role: command.role)
                }
                let id = try #require(command.answer["commandId"]?.text)
                let answer = try await Caller(node: a, token: tokens[key]).get("/api/v1/commands/\(id)")
                #expect(answer.status == 200, "\(answer)")
                #expect(answer.json.withoutSentences == command.answer)
            }
            #expect(findings.commands.count > 100)
            try await cluster.replay(["verify"], on: [a])
            let show = try #require(try await a.shows().first { $0["name"]?.text == "An old log" })
            let id = try #require(show["showId"]?.text), available = try #require(show["available"]?.integer)
            let hold = try await cluster.user(at: a).post("/api/v1/shows/\(id)/holds", Hold.best(1))
            #expect(available > 0 && hold.status == 201, "\(hold)")
        }
    }
}

extension TestDatabase {
    /// Runs a script as psql does.
    fileprivate func run(_ script: URL) async throws {
        let result = try await Subprocess.run(
            .name("psql"),
            arguments: [
                "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=on", "--dbname=\(adminConninfo)",
                "--file=\(script.path)",
            ],
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        guard case .exited(0) = result.terminationStatus else {
            throw ToolFailure(
                tool: "psql", status: "\(result.terminationStatus)", output: result.standardError)
        }
    }
}

extension Node {
    fileprivate func shows() async throws -> [JSON] {
        let answer = try await Caller(node: self).get("/api/v1/shows", headers: ["Last-Seen-Sequence": "head"])
        return try #require(answer.json["shows"]?.list, "\(answer)")
    }
}

extension JSON {
    /// Without what a rejection tells people, which may be said better one day.
    fileprivate var withoutSentences: JSON {
        guard case .object(var answer) = self, case .object(var reason)? = answer["reason"] else { return self }
        for sentence in ["type", "title", "detail"] { reason[sentence] = nil }
        answer["reason"] = .object(reason)
        return .object(answer)
    }
}
