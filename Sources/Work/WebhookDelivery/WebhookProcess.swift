public import Domain
public import EventLog
public import Feed
public import Following
public import Logging
import Metrics
public import PostgresWebhooks
public import ServiceLifecycle
public import Sinks
import Synchronization
import Text
public import Traces
public import Webhooks

/// Tells the endpoints of webhooks what happens, while it is the active one of all nodes.
///
/// Each endpoint is served by itself, in the log's order, at least once: whoever takes over goes on after what was noted as
/// taken, and what is told again has the same `webhook-id`.
public final class WebhookProcess: Service {
    /// What deliveries share.
    public struct Parts: Sendable {
        public let store: PostgresWebhooks
        public let log: any EventReader
        public let recent: RecentLog
        public let follower: any LogFollower
        public let owner: FeedReader.OwnerReader
        public let reach: WebhookReach
        public let secondMicroseconds: Double
        public let now: @Sendable () -> Timestamp
        public let salesFirst: SalesFirst?
        public let traces: NodeTraces?
        public let logger: Logger

        /// - Parameters:
        ///   - recent: shared with the process's sinks, so that new events are read once.
        ///   - follower: tells that there are news in the log.
        ///   - owner: says whose a show is.
        ///   - reach: where endpoints may be, and who vouches for them.
        ///   - salesFirst: shared by all that tell others; nil: it never rests.
        ///   - traces: where the spans of traced events' tries go; nil: nothing is traced.
        ///   - secondMicroseconds: how long a second of the schedule of retries lasts; tests have no week.
        public init(
            store: PostgresWebhooks, log: any EventReader, recent: RecentLog, follower: any LogFollower,
            owner: @escaping FeedReader.OwnerReader, reach: WebhookReach, secondMicroseconds: Double = 1_000_000,
            now: @escaping @Sendable () -> Timestamp, salesFirst: SalesFirst? = nil, traces: NodeTraces? = nil,
            logger: Logger
        ) {
            self.salesFirst = salesFirst
            self.traces = traces
            self.store = store
            self.log = log
            self.recent = recent
            self.follower = follower
            self.owner = owner
            self.reach = reach
            self.secondMicroseconds = secondMicroseconds
            self.now = now
            self.logger = logger
        }
    }

    private let parts: Parts
    private let lease: any Lease

    /// What owners change is seen within this.
    private static let lookInterval = Duration.milliseconds(500)

    public init(_ parts: Parts, lease: any Lease) {
        self.parts = parts
        self.lease = lease
    }

    /// Works whenever this process is the active one, until graceful shutdown.
    public func run() async {
        await cancelWhenGracefulShutdown {
            await self.lease.whileHeld {
                while !Task.isCancelled {
                    await self.serveEpoch()
                    // The follower may have heard of an epoch sooner than the log's server.
                    await pause(Self.lookInterval)
                }
            }
        }
        await parts.store.disconnect()
    }

    /// Serves all endpoints until the log enters another epoch, or this is cancelled.
    private func serveEpoch() async {
        guard let epochs = await epochs() else { return }
        let recent = parts.recent.events(ofEpoch: epochs.current)
        let delivery = EndpointDelivery(
            parts: parts, recent: recent, epochs: epochs, notes: ProgressNotes(parts.store))
        var running: [WebhookID: (revision: Int64, task: Task<Void, Never>)] = [:]
        // Deliveries that ended by themselves: where the endpoint is to be told on, it is begun anew.
        let ended = EndedDeliveries()
        let gauges = (
            count: Gauge(label: "holdfast_webhook_endpoints"),
            failing: Gauge(label: "holdfast_webhook_failing_endpoints"),
            failures: Gauge(label: "holdfast_webhook_failures_max"),
            lag: Gauge(label: "holdfast_webhook_lag_events")
        )
        EndpointDelivery.beginCounting()
        while !Task.isCancelled, parts.follower.place.epoch <= epochs.current {
            do {
                let endpoints = try await parts.store.enabled()
                let head = parts.follower.place.position
                gauges.count.record(endpoints.count)
                gauges.failing.record(endpoints.count { $0.progress.failures > 0 })
                gauges.failures.record(endpoints.map(\.progress.failures).max() ?? 0)
                gauges.lag.record(endpoints.map { head - $0.progress.seen.position }.max() ?? 0)
                let current = Dictionary(uniqueKeysWithValues: endpoints.map { ($0.id, $0.revision) })
                for (id, revision) in ended.take() where running[id]?.revision == revision { running[id] = nil }
                let changed = running.filter { current[$0.key] != $0.value.revision }
                for served in changed.values { served.task.cancel() }
                for (id, served) in changed {
                    await served.task.value
                    running[id] = nil
                }
                for endpoint in endpoints where running[endpoint.id] == nil {
                    let task = Task {
                        await delivery.run(endpoint)
                        ended.add(endpoint)
                    }
                    running[endpoint.id] = (endpoint.revision, task)
                }
            } catch {
                parts.logger.warning("the webhooks can't be read", metadata: ["error": "\(error)"])
            }
            await pause(Self.lookInterval)
        }
        for served in running.values { served.task.cancel() }
        for served in running.values { await served.task.value }
        for gauge in [gauges.count, gauges.failing, gauges.failures, gauges.lag] { gauge.record(0) }
    }

    /// Nil when cancelled.
    private func epochs() async -> EpochHistory? {
        while !Task.isCancelled {
            do {
                return try await parts.log.epochs()
            } catch {
                parts.logger.warning("webhooks: can't read the log", metadata: ["error": "\(error)"])
            }
            await pause(Self.lookInterval)
        }
        return nil
    }
}

/// The deliveries that ended since somebody looked.
private final class EndedDeliveries: Sendable {
    private let list = Mutex<[(id: WebhookID, revision: Int64)]>([])

    func add(_ endpoint: WebhookEndpoint) { list.withLock { $0.append((endpoint.id, endpoint.revision)) } }

    func take() -> [(id: WebhookID, revision: Int64)] {
        list.withLock { list in
            defer { list = [] }
            return list
        }
    }
}

extension WebhookEndpoint {
    /// Sends a message of no meaning, now, whatever else waits.
    ///
    /// - Returns: what came of it.
    public func test(within reach: WebhookReach, at time: Timestamp) async -> PostgresWebhooks.Attempt {
        let message = WebhookMessage.test(at: time)
        let outcome: WebhookSender.Outcome
        do throws(Unreachable) {
            let sender = try await WebhookSender.connect(to: url, of: organisation, within: reach)
            outcome = await sender.send(message, at: time, secrets: secrets(at: time))
            await sender.shutdown()
        } catch {
            outcome = .notSent(error.reason)
        }
        return PostgresWebhooks.Attempt(
            messageID: message.id, status: outcome.status, detail: outcome.detail, milliseconds: outcome.milliseconds,
            triedAt: time)
    }
}

extension WebhookMessage {
    /// A CloudEvent that says nothing but that it arrives.
    fileprivate static func test(at time: Timestamp) -> WebhookMessage {
        var generator = SystemRandomNumberGenerator()
        let id = "test_\((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hex)"
        var json = JSONWriter()
        json.object { json in
            json.member("specversion", "1.0")
            json.member("id", id)
            json.member("source", FeedReader.source)
            json.member("type", "holdfast.Test.v1")
            json.key("time")
            json.value(timeAt: time.microseconds)
            json.member("datacontenttype", "application/json")
            json.object("data") { _ in }
        }
        return WebhookMessage(id: id, body: json.bytes)
    }
}
