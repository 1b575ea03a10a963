import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SwiftProtobuf
import Synchronization

@testable import OTLP

/// An OTLP/HTTP server on the loopback that keeps what it takes.
final class Collector: Sendable {
    private struct State {
        var answers: [HTTPResponse.Status]
        var requests = 0
        var spans: [Holdfast_Otlp_V1_Span] = []
        var resource: [String: String] = [:]
        var keys: [String] = []
        var url = ""
    }

    private let state: Mutex<State>

    /// - Parameter answers: of the first requests; then everything is taken.
    init(answers: [HTTPResponse.Status] = []) { state = Mutex(State(answers: answers)) }

    var spans: [Holdfast_Otlp_V1_Span] { state.withLock(\.spans) }
    var requests: Int { state.withLock(\.requests) }
    var resource: [String: String] { state.withLock(\.resource) }
    /// The header `X-Key` of each request.
    var keys: [String] { state.withLock(\.keys) }
    var url: String { state.withLock(\.url) }

    /// Calls `body` with the URL while the server runs.
    func serve(_ body: @escaping @Sendable (String) async throws -> Void) async throws {
        let router = Router()
        router.post("v1/traces") { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            let keys = request.headers.filter { $0.name.canonicalName == "x-key" }.map(\.value)
            self.state.withLock { $0.keys += keys }
            return Response(status: try self.take(Array(bytes.readableBytesView)))
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: quiet)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [application], logger: quiet))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports.prefix(1) {
                let url = "http://127.0.0.1:\(port)/v1/traces"
                state.withLock { $0.url = url }
                try await body(url)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private func take(_ bytes: [UInt8]) throws -> HTTPResponse.Status {
        let request = try Holdfast_Otlp_V1_ExportTraceServiceRequest(serializedBytes: bytes)
        return state.withLock { state in
            state.requests += 1
            guard state.answers.isEmpty else { return state.answers.removeFirst() }
            for part in request.resourceSpans {
                for attribute in part.resource.attributes {
                    state.resource[attribute.key] = attribute.value.stringValue
                }
                state.spans += part.scopeSpans.flatMap(\.spans)
            }
            return .ok
        }
    }

    func waitForSpans(_ count: Int) async { await wait { $0.spans.count >= count } }

    func waitForRequests(_ count: Int) async { await wait { $0.requests >= count } }

    private func wait(_ condition: (State) -> Bool) async {
        while !state.withLock({ condition($0) }) {
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                return
            }
        }
    }
}

/// What a logger said.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

struct LineHandler: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.add(event.message.description) }
}
