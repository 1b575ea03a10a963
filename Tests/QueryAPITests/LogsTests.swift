import Foundation
import Logging
import Logs
import Synchronization
import Testing

@Suite("Lines of JSON in the log")
struct LogsTests {
    private struct Line: Decodable {
        var time, level, subsystem, message: String
        var data: [String: String]?
    }

    private final class Output: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        func write(_ line: [UInt8]) { bytes.withLock { $0 += line } }

        func lines() throws -> [Line] {
            try bytes.withLock { $0 }.split(separator: 0x0A).map {
                try JSONDecoder().decode(Line.self, from: Data($0))
            }
        }
    }

    private static func logger(_ levels: LogLevels, _ output: Output, label: String = "http") -> Logger {
        Logger(label: label) { label in
            JSONLogHandler(subsystem: label, levels: levels, now: { 1_700_000_000_123_456 }) { output.write($0) }
        }
    }

    @Test("Whatever is said, a line is one line, and one JSON document")
    func lines() throws {
        let output = Output()
        var logger = Self.logger(LogLevels(["http"], level: .info), output)
        logger[metadataKey: "request"] = "7"
        logger.info("two\nlines \"quoted\" \u{1} \u{2028}", metadata: ["path": "/a\tb", "list": ["x", "y"]])
        logger.debug("not told")
        logger.error("told")
        let lines = try output.lines()
        #expect(lines.map(\.message) == ["two\nlines \"quoted\" \u{1} \u{2028}", "told"])
        #expect(lines.map(\.level) == ["info", "error"] && lines.allSatisfy { $0.subsystem == "http" })
        #expect(lines[0].data == ["request": "7", "path": "/a\tb", "list": "[\"x\", \"y\"]"])
        #expect(lines[1].data == ["request": "7"])
        #expect(lines[0].time == "2023-11-14T22:13:20.123456Z")
    }

    @Test("A level is changed while loggers are in use, for one part and no other")
    func levels() throws {
        let levels = LogLevels(["http", "log"], level: .info)
        let output = Output()
        let (http, log) = (Self.logger(levels, output), Self.logger(levels, output, label: "log"))
        http.debug("1")
        #expect(levels.set("http", to: .debug))
        http.debug("2")
        log.debug("3")
        #expect(levels.set("http", to: .critical) && !levels.set("nothing", to: .trace))
        http.error("4")
        log.info("5")
        #expect(try output.lines().map(\.message) == ["2", "5"])
        #expect(levels["http"] == .critical && levels["log"] == .info && levels["nothing"] == .info)
    }
}
