import Foundation
import Logging
import Logs
import Traces
import Tracing

/// The parts of the program, as the log names them. Each has a level of its own.
enum Subsystem: String, CaseIterable {
    case holdfast, http, identity, accounts, sequencer, log, follow, payments, admission, webhooks, sinks, sales, traces
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
        LoggingSystem.bootstrap(
            { label, request in
                guard isJSON else {
                    return LevelledLogHandler(
                        StreamLogHandler.standardError(label: label, metadataProvider: request), subsystem: label,
                        levels: levels)
                }
                var handler = JSONLogHandler(
                    subsystem: label, levels: levels, now: { Int64(Date().timeIntervalSince1970 * 1e6) }, write: write)
                handler.metadataProvider = request
                return handler
            }, metadataProvider: ofRequest)
    }

    /// Which request whatever logs is about, where it is about one.
    private static let ofRequest = Logger.MetadataProvider {
        guard let scope = ServiceContext.current else { return [:] }
        var metadata: Logger.Metadata = [:]
        if let correlation = scope.correlation { metadata["correlation"] = .string(correlation) }
        if let span = scope.activeSpan { metadata["trace"] = .string(span.trace.traceID.description) }
        return metadata
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
