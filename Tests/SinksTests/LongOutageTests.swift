import Domain
import EventLog
import Foundation
import Hummingbird
import Logging
import NIOCore
import PostgresWebhooks
import ServiceLifecycle
import Sinks
import Synchronization
import TestSupport
import Testing
import WebhookDelivery
import Webhooks

/// Webhooks with a clock that runs fast: a second of the schedule of retries lasts five microseconds.
@Suite(.timeLimit(.minutes(2))) struct `An endpoint of webhooks that is down for a week` {
    private static let secondMicroseconds = 5.0
    private static let day = Duration.microseconds(86_400 * secondMicroseconds)

    private static var now: Timestamp {
        Timestamp(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000))
    }

    @Test func `gets all of it when it is back, and costs the others nothing`() async throws {
        try await TestDatabase.with { database in
            let down = Receiver(), well = Receiver()
            down.isDown = true
            try await Receiver.serving([down, well]) {
                let source = EventSource()
                var quiet = Logger(label: "test")
                quiet.logLevel = .critical
                let store = PostgresWebhooks(
                    conninfo: database.appConninfo, seal: .init(seal: { $0 }, open: { $0 }), logger: quiet)
                for (number, receiver) in [down, well].enumerated() {
                    _ = try await store.add(Self.endpoint(number, receiver), fingerprint: [])
                }
                let process = WebhookProcess(
                    .init(
                        store: store, log: source.log, recent: RecentLog(source.log), follower: source.follower,
                        owner: { _ in nil }, reach: WebhookReach(allowsPrivate: true),
                        secondMicroseconds: Self.secondMicroseconds,
                        now: { Self.now }, logger: quiet),
                    lease: Held())
                let task = Task { await process.run() }
                defer { task.cancel() }

                // Each day has its events, and whoever is well is told them before the next day's.
                let start = ContinuousClock.now
                var count = 0
                repeat {
                    try await source.append(20)
                    count += 20
                    try await eventually("the other one is told") { well.taken.count == count }
                } while start.duration(to: .now) < Self.day * 7
                #expect(down.taken.isEmpty)
                // As often as the schedule says: ten times within two days, then once a day.
                let tries = down.tries
                let days = Int(start.duration(to: .now) / Self.day)
                #expect((5...12 + days).contains(tries), "\(tries) tries in \(days) days")

                down.isDown = false
                try await eventually("it is told all of it") { down.taken.count == count }
                #expect(down.taken == well.taken)
                #expect(down.previous.elementsEqual(["0000000001.0000000000000000000"] + down.taken.dropLast()))
                task.cancel()
                await task.value
            }
        }
    }

    private static func endpoint(_ number: Int, _ receiver: Receiver) throws -> WebhookEndpoint {
        WebhookEndpoint(
            id: WebhookID("wh_" + String(repeating: "\(number)", count: 32)), organisation: .instance,
            url: try WebhookURL("http://127.0.0.1:\(receiver.port)/", allowsPrivate: true), description: "", types: [],
            secret: WebhookSecret(key: [UInt8](repeating: 7, count: 32)),
            progress: WebhookProgress(after: LogPosition(epoch: 1, position: 0)), createdAt: now)
    }
}

/// A server that takes webhooks, or is down.
private final class Receiver: Sendable {
    private struct Content {
        var port = 0
        var isDown = false
        var tries = 0
        var taken: [String] = []
        var previous: [String] = []
    }

    private struct Event: Decodable {
        var sequence: String
        var previous: String
    }

    private let content = Mutex(Content())

    var port: Int { content.withLock { $0.port } }
    var tries: Int { content.withLock { $0.tries } }
    /// The `sequence` of each event, and its `previous`.
    var taken: [String] { content.withLock { $0.taken } }
    var previous: [String] { content.withLock { $0.previous } }
    var isDown: Bool {
        get { content.withLock { $0.isDown } }
        set { content.withLock { $0.isDown = newValue } }
    }

    /// Runs the receivers around `body`.
    static func serving(_ receivers: [Receiver], _ body: @escaping @Sendable () async throws -> Void) async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let (ready, isReady) = AsyncStream<Void>.makeStream()
        let servers = receivers.map { receiver in
            let router = Router()
            router.post("/") { request, _ in try await receiver.take(request) }
            return Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { channel in
                    receiver.content.withLock { $0.port = channel.localAddress?.port ?? 0 }
                    isReady.yield()
                }, logger: quiet)
        }
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: servers, logger: quiet))
        try await group.around {
            var iterator = ready.makeAsyncIterator()
            for _ in receivers { await iterator.next() }
            try await body()
        }
    }

    private func take(_ request: Request) async throws -> HTTPResponse.Status {
        let event = try JSONDecoder().decode(
            Event.self, from: Data(try await request.body.collect(upTo: 1 << 20).readableBytesView))
        return content.withLock { content in
            content.tries += 1
            guard !content.isDown else { return .serviceUnavailable }
            content.taken.append(event.sequence)
            content.previous.append(event.previous)
            return .noContent
        }
    }
}
