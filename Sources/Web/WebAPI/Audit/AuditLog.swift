public import Domain
import Foundation
import Metrics
public import RateLimits
import Synchronization

/// The audit log: a line of JSON for everything that ``AuditEntry`` has a name for.
///
/// No request ever waits for it: a queue of its own writes. What finds no room while the file or the pipe is slower than the
/// entries come is counted, in the metric `audit_entries_dropped_total` and in the next line.
public final class AuditLog: Sendable {
    /// Where the lines go.
    public enum Destination: Sendable {
        case standardError
        /// A file that lines are added to, made for its owner only where it is missing.
        case file(String)
    }

    /// The file can't be written to.
    public struct FileError: Error, CustomStringConvertible {
        public var description: String
    }

    /// Entries that wait at most; each takes some 300 bytes.
    private static let waitingMax = 4_096

    private let buffer = Mutex(AuditBuffer(countMax: AuditLog.waitingMax))
    private let file: FileHandle
    private let queue = DispatchQueue(label: "audit")
    private let drops = Counter(label: "audit_entries_dropped")
    private let now: @Sendable () -> Timestamp
    /// Whose word counts on where a request comes from.
    let proxies: TrustedProxies

    /// - Parameter proxies: whose `X-Forwarded-For` counts; of other peers the entries have the connection's address.
    /// - Throws: ``FileError``
    public init(
        _ destination: Destination, proxies: TrustedProxies = TrustedProxies(),
        now: @escaping @Sendable () -> Timestamp
    ) throws(FileError) {
        self.now = now
        self.proxies = proxies
        switch destination {
        case .standardError: file = .standardError
        case .file(let path):
            let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw FileError(description: "\(path) can't be written to: \(String(cString: strerror(errno)))")
            }
            file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }
    }

    /// Adds an entry, at the time that it is now.
    public func record(_ entry: AuditEntry) {
        let time = now()
        switch buffer.withLock({ $0.add(entry, at: time) }) {
        case .waits: break
        case .startsWriter: queue.async { self.write() }
        case .dropped: drops.increment()
        }
    }

    /// Returns when everything that was recorded before is written.
    public func flush() async { await withCheckedContinuation { done in queue.async { done.resume() } } }

    private func write() {
        while true {
            let waiting = buffer.withLock { $0.take() }
            guard !waiting.isEmpty else { return }
            let lines = waiting.flatMap { $0.entry.line(at: $0.time, dropped: $0.dropped) }
            do {
                try file.write(contentsOf: Data(lines))
            } catch {
                drops.increment(by: waiting.count)
                buffer.withLock { $0.lost(waiting.count) }
            }
        }
    }
}
