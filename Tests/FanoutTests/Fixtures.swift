import Domain
import EventLog
import Foundation
import Logging
import Synchronization

@testable import Fanout

/// `count` events from `first` on, as one commit.
func makeBatch(
    epoch: Int64 = 1, first: Int64, count: Int = 1, payloadBytes: Int = 8, head: Int64? = nil, trace: String? = nil
) -> CommittedBatch {
    let events = (0..<Int64(count)).map { index in
        RecordedEvent(
            position: first + index, stream: StreamID("show-\(index % 3)"), streamVersion: first + index,
            event: EncodedEvent(
                type: "HoldPlaced", schemaVersion: 1,
                payload: (0..<payloadBytes).map { UInt8(truncatingIfNeeded: $0 ^ Int(first + index)) }),
            commandID: CommandID(high: UInt64(first + index), low: .max), recordedAt: Timestamp(microseconds: 1_700_000)
        )
    }
    return CommittedBatch(epoch: epoch, events: events, traceParent: trace, head: head ?? first + Int64(count - 1))
}

/// A folder of its own, gone with the value.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "fanout-\(UUID().uuidString.prefix(8))").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path): \(error)") }
    }

    func file(_ name: String, _ text: String, mode: Int) throws -> String {
        let file = "\(path)/\(name)"
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }
}

/// Keeps what was logged.
final class LogRecorder: Sendable {
    private let recorded = Mutex<[String]>([])
    var lines: [String] { recorded.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(recorder: self) }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let values = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let line = ([event.message.description] + values).joined(separator: " ")
            recorder.recorded.withLock { $0.append(line) }
        }
    }
}

let quiet = LogRecorder().logger

func endpoint(_ text: String) throws -> FanoutEndpoint { try FanoutEndpoint(text) }

/// A publisher on a socket of its own, or with keys on a free port, that states the head often, so that a test sees a connection come up.
func makePublisher(
    on endpoints: [String]? = nil, security: PublisherSecurity = .local, logger: Logger = quiet,
    _ adjust: (inout PublisherConfiguration) -> Void = { _ in }
) throws -> Publisher {
    var anywhere = "ipc://*"
    if case .curve = security { anywhere = "tcp://127.0.0.1:*" }
    var configuration = PublisherConfiguration(
        endpoints: try (endpoints ?? [anywhere]).map { try FanoutEndpoint($0) }, security: security,
        headInterval: .milliseconds(20))
    adjust(&configuration)
    let publisher = try Publisher(configuration, logger: logger)
    publisher.state(head: LogPosition(epoch: 1, position: 0))
    return publisher
}

func makeSubscriber(
    to endpoints: [FanoutEndpoint], security: SubscriberSecurity = .local, logger: Logger = quiet,
    _ adjust: (inout SubscriberConfiguration) -> Void = { _ in }
) throws -> Subscriber {
    var configuration = SubscriberConfiguration(endpoints: endpoints, security: security)
    adjust(&configuration)
    return try Subscriber(configuration, logger: logger)
}

struct StreamEnded: Error {}

/// Reads one subscriber's batches, one after the other. A test's time limit cancels it, which ends the stream.
struct BatchReader: ~Copyable {
    private var iterator: AsyncStream<CommittedBatch>.Iterator

    init(_ subscriber: Subscriber) { iterator = subscriber.batches.makeAsyncIterator() }

    mutating func next(where matches: (CommittedBatch) -> Bool) async throws -> CommittedBatch {
        while let batch = await iterator.next() {
            if matches(batch) { return batch }
        }
        throw StreamEnded()
    }

    /// The next batch with events.
    mutating func nextEvents() async throws -> CommittedBatch { try await next { !$0.events.isEmpty } }

    mutating func nextHead() async throws -> CommittedBatch { try await next { $0.events.isEmpty } }
}

/// Looks again until it is so. The test's time limit cancels it.
func eventually(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(5)) }
}
