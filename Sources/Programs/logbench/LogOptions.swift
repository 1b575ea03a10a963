import ArgumentParser
import Domain
import EventLog
import Glibc
import Logging
import PostgresEventLog

/// Which log.
struct LogOptions: ParsableArguments {
    @Option(help: "The log's libpq connection string.")
    var postgresURL: String

    /// A connection of its own for every caller.
    func open() -> PostgresEventLog {
        var logger = Logger(label: "logbench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return PostgresEventLog(conninfo: postgresURL, statementTimeout: .seconds(60), logger: logger)
    }
}

extension Timestamp {
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}

/// Appends, one batch after the other, while the next is being made.
struct Writer {
    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    let log: PostgresEventLog
    let epoch: Int64

    /// - Parameter next: the next batch, each of them of streams that nobody else writes to; nil: no more.
    /// - Returns: how many commands were appended.
    func run(_ next: @escaping @Sendable (_ batch: Int) -> [StreamAppend]?) async throws -> Int {
        var count = 0
        var batch = 0
        var streams = next(batch)
        while let current = streams {
            batch += 1
            let following = Task { [batch] in next(batch) }
            let result = try await log.append(AppendBatch(epoch: epoch, streams: current))
            guard result.streams.allSatisfy({ if case .appended = $0 { true } else { false } }) else {
                throw Refused(description: "a conflict where nobody else writes: \(result.streams)")
            }
            count += current.reduce(0) { $0 + $1.commands.count }
            streams = await following.value
        }
        return count
    }
}
