import ArgumentParser
import Contract
import Domain
import EventLog
import Foundation
import PostgresEventLog
import ProgramOutput
import Projection

struct Log: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints, exports, checks and proves the log. Events are JSON lines.",
        subcommands: [Tail.self, Show.self, Export.self, Check.self, Proof.self, VerifyProof.self])

    private static let pageEvents = 1_000

    struct Tail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the last events.")
        @OptionGroup var instance: Instance
        @OptionGroup var json: JSONLinesFlag
        @Option(name: [.customShort("n"), .long], help: "The number of events (1 to 1000000).") var lines: Int64 = 10
        @Flag(name: .shortAndLong, help: "Keep printing new events until you stop the command.") var follow = false

        func run() async throws {
            guard (1...1_000_000).contains(lines) else { throw ValidationError("--lines must be 1 to 1000000.") }
            let log = try instance.log()
            let head = try await log.head().position
            var position = try await Log.write(log, after: max(0, head - lines), through: head)
            while follow {
                try await Task.sleep(for: .milliseconds(200))
                position = try await Log.write(log, after: position, through: try await log.head().position)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the events from one sequence number to another.")
        @OptionGroup var instance: Instance
        @OptionGroup var json: JSONLinesFlag
        @Argument(help: "The first sequence number.") var from: Int64
        @Argument(help: "The last sequence number. Default: the first.") var to: Int64?

        func run() async throws {
            guard from >= 1, (to ?? from) >= from else {
                throw ValidationError("Sequence numbers start at 1 and ascend.")
            }
            let last = try await Log.write(try instance.log(), after: from - 1, through: to ?? from)
            guard last >= from else { throw ValidationError("The log has no event \(from).") }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints all events that the log contains now.")
        @OptionGroup var instance: Instance
        @OptionGroup var json: JSONLinesFlag

        func run() async throws {
            let log = try instance.log()
            _ = try await Log.write(log, after: 0, through: try await log.head().position)
        }
    }

    /// Prints the events after one sequence number through another; returns the last that was there.
    fileprivate static func write(_ log: PostgresEventLog, after first: Int64, through last: Int64) async throws
        -> Int64
    {
        var position = first
        while position < last {
            let limit = Int(min(Int64(pageEvents), last - position))
            let events = try await log.events(after: position, limit: limit)
            guard let end = events.last else { break }
            FileHandle.standardOutput.write(Data(events.map { line($0) + "\n" }.joined().utf8))
            position = end.position
        }
        return position
    }

    private static func line(_ recorded: RecordedEvent) -> String {
        let head = jsonLine([
            ("sequence", .number(recorded.position)), ("recordedAt", .text(recorded.recordedAt.rfc3339)),
            ("stream", .text(recorded.stream.rawValue)), ("streamVersion", .number(recorded.streamVersion)),
            ("type", .text(recorded.event.type)), ("schemaVersion", .number(Int64(recorded.event.schemaVersion))),
            ("commandId", .text(recorded.commandID.description)),
        ]).dropLast()
        do {
            return "\(head),\"payload\":\(try AggregateCatalogue.product.json(recorded.event, of: recorded.stream))}"
        } catch {
            let raw = Data(recorded.event.payload).base64EncodedString()
            let tail = jsonLine([("unreadable", .text("\(error)")), ("payloadBase64", .text(raw))]).dropFirst()
            return "\(head),\(tail)"
        }
    }
}
