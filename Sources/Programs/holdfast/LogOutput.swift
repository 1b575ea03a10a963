import Foundation
import Logging
import Logs

/// The parts of the program, as the log names them. Each has a level of its own.
enum Subsystem: String, CaseIterable {
    case holdfast, http, identity, accounts, sequencer, log, follow, payments, admission, webhooks, sinks
    case fanout = "fan-out"

    var logger: Logger { Logger(label: rawValue) }
}

enum LogOutput {
    /// Has every logger of the process write to standard error.
    ///
    /// - Parameter format: `auto`, `json` or `text`.
    static func begin(format: String, _ levels: LogLevels) throws {
        let isJSON: Bool
        switch format {
        case "auto": isJSON = isatty(STDERR_FILENO) == 0
        case "json": isJSON = true
        case "text": isJSON = false
        default: throw SettingError("\(Setting.logFormat.flag) must be auto, json or text.")
        }
        LoggingSystem.bootstrap { label in
            guard isJSON else {
                return LevelledLogHandler(
                    StreamLogHandler.standardError(label: label), subsystem: label, levels: levels)
            }
            return JSONLogHandler(
                subsystem: label, levels: levels, now: { Int64(Date().timeIntervalSince1970 * 1e6) }, write: write)
        }
    }

    /// One call for a line, so that lines of several threads stay apart.
    private static func write(_ line: [UInt8]) {
        line.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Foundation.write(
                    STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                // Nobody reads it any more; a signal is no reason to stop.
                if count < 0, errno != EINTR { return }
                rest = rest.dropFirst(max(count, 0))
            }
        }
    }
}
