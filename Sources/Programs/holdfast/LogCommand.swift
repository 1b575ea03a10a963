import ArgumentParser
import EventLog
import Foundation
import Identity
import Logging
import Postgres
import PostgresEventLog
import ProgramOutput

/// What the log's keeper does with it.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Vouches for the log.", subcommands: [Head.self])

    struct Head: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Prints where the log ends, and the hash of all that it contains, as JSON; signed if you ask for it.",
            discussion:
                "Keep the output away from the database. tools/replay log check --head FILE then proves that the "
                + "log still contains everything it contained, unchanged.")

        @Option(help: "The log's libpq connection string.") var postgresURL: String
        @Option(help: "The file with the private key to sign with: Ed25519 or P-256, in PEM.") var sign: String?
        @OptionGroup var json: JSONFlag

        func validate() throws {
            if Conninfo.hasPassword(postgresURL) { throw ValidationError(Conninfo.passwordAdvice) }
        }

        func run() async throws {
            let key = try sign.map { path in try DocumentSigningKey(pemFile: path) }
            var logger = Logger(label: "holdfast") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = .error
            let log = PostgresEventLog(conninfo: postgresURL, logger: logger)
            let document = try await SignedHead.make(of: log, signedWith: key)
            print(String(decoding: try document.json, as: UTF8.self))
        }
    }
}
