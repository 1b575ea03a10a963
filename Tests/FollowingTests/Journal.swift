import Logging
import Synchronization

/// A logger that keeps what it is told.
final class Journal: Sendable {
    private let entries = Mutex<[(level: Logger.Level, text: String)]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(journal: self) } }

    var warnings: [String] { texts(of: .warning) }
    var errors: [String] { texts(of: .error) }

    private func texts(of level: Logger.Level) -> [String] {
        entries.withLock { $0.filter { $0.level == level }.map(\.text) }
    }

    private struct Handler: LogHandler {
        let journal: Journal
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let text = "\(event.message) \(event.metadata ?? [:])"
            journal.entries.withLock { $0.append((event.level, text)) }
        }
    }
}
