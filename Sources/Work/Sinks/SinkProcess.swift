public import EventLog
import Failpoints
import Feed
public import Following
public import Logging
import Metrics
public import ServiceLifecycle
public import Traces
import Tracing

/// Follows the log for one sink, while it is the active one of all nodes: reads a page, has the sink put it, keeps the
/// checkpoint.
///
/// Everything is put at least once, in the log's order: whoever dies between putting and keeping has the next process put the
/// same events again. A sink marks each with its place in the log, so that receivers know a repetition.
public final class SinkProcess: Service {
    private let sink: any EventSink
    private let log: any EventReader
    private let recent: RecentLog
    private let follower: any LogFollower
    private let checkpoints: any SinkCheckpoints
    private let lease: any Lease
    private let retryPause: Duration
    private let salesFirst: SalesFirst?
    private let traces: NodeTraces?
    private let logger: Logger

    private static let pageEventsMax = 500
    /// Checkpoints are kept so often at most.
    private static let keepInterval = Duration.milliseconds(200)
    private static let newsTimeout = Duration.seconds(5)
    /// Tries in a row that find another epoch in the log than it says, before somebody is told: after a failover, until the epoch
    /// is raised.
    private static let epochsOverMax = 20
    private static let retryPauseMax = Duration.seconds(30)

    /// - Parameters:
    ///   - recent: shared by the sinks of a process, so that they read new events once.
    ///   - follower: tells that there are news in the log.
    ///   - lease: held by the active one of all nodes; each sink has one of its own.
    ///   - salesFirst: shared by all that tell others; nil: it never rests.
    ///   - traces: where the spans of pages with traced events go; nil: nothing is traced.
    ///   - retryPause: after a try that failed; doubled with each further one, up to half a minute.
    public init(
        _ sink: any EventSink, log: any EventReader, recent: RecentLog, follower: any LogFollower,
        checkpoints: any SinkCheckpoints, lease: any Lease, salesFirst: SalesFirst? = nil, traces: NodeTraces? = nil,
        retryPause: Duration = .milliseconds(500), logger: Logger
    ) {
        self.salesFirst = salesFirst
        self.traces = traces
        self.sink = sink
        self.log = log
        self.recent = recent
        self.follower = follower
        self.checkpoints = checkpoints
        self.lease = lease
        self.retryPause = retryPause
        self.logger = logger
    }

    /// Works whenever this process is the active one, until graceful shutdown.
    public func run() async {
        await cancelWhenGracefulShutdown { await self.lease.whileHeld { await self.work() } }
        await checkpoints.disconnect()
    }

    private func work() async {
        let meters = SinkMeters(sink: sink.name)
        var failures = 0
        var epochsOver = 0
        var reached: LogPosition?
        func epochIsOver() async {
            epochsOver += 1
            if epochsOver % Self.epochsOverMax == 0, !Task.isCancelled {
                meters.failed()
                logger.warning("a sink waits for the log's new epoch", metadata: ["sink": "\(sink.name)"])
            }
            await pause(retryPause)
        }
        while !Task.isCancelled {
            do {
                // After a failure it begins with one event: what is put before an event that can't be is not put with every try
                // again.
                var pageLimit = PageLimit(eventsMax: Self.pageEventsMax)
                if failures > 0 { pageLimit.events = 1 }
                try await serve(meters, reached: &reached, pageLimit: pageLimit) {
                    failures = 0
                    epochsOver = 0
                }
                // The follower has heard of another epoch, perhaps sooner than the log's server.
                await epochIsOver()
            } catch is EpochOver {
                // Begun anew, from what is still in the log.
                await epochIsOver()
            } catch {
                // An error of a task that was cancelled is none.
                guard !Task.isCancelled else { break }
                failures += 1
                meters.failed()
                if let reached { meters.lag(follower.place.position - reached.position) }
                logger.warning(
                    "a sink can't put the log's events", metadata: ["sink": "\(sink.name)", "error": "\(error)"])
                let longest = min(retryPause * (1 << min(failures - 1, 10)), Self.retryPauseMax)
                await pause(longest * Double.random(in: 0.8...1))
            }
        }
        meters.clear()
    }

    /// Serves the log's present epoch. Returns when the log is in another one, or this is cancelled.
    ///
    /// - Parameters:
    ///   - reached: up to where everything is put.
    ///   - pageLimit: of the first page.
    ///   - succeeded: called when something was put.
    private func serve(
        _ meters: SinkMeters, reached: inout LogPosition?, pageLimit: PageLimit, succeeded: () -> Void
    ) async throws {
        let epochs = try await log.epochs()
        let start = epochs.surviving(try await begin())
        reached = start
        let connection = try await sink.connect(after: start, in: epochs)
        var progress = Progress(put: start, kept: start)
        do {
            try await feed(connection, epochs, &progress, meters, pageLimit: pageLimit, succeeded: succeeded)
        } catch {
            reached = progress.put
            await finish(connection, progress)
            throw error
        }
        await finish(connection, progress)
    }

    /// Where the sink goes on.
    private func begin() async throws -> LogPosition {
        if let place = try await checkpoints.checkpoint(of: sink.name) { return try await sink.resume(from: place) }
        let head = try await log.head()
        guard sink.beginsAtHead else { return LogPosition(epoch: 1, position: 0) }
        // Kept at once: what comes before the first event that is put must not be passed over.
        try await checkpoints.keep(head, of: sink.name)
        return head
    }

    private struct Progress {
        var put: LogPosition
        var kept: LogPosition
        var keptAt = ContinuousClock.now
    }

    private func feed(
        _ connection: any SinkConnection, _ epochs: EpochHistory, _ progress: inout Progress, _ meters: SinkMeters,
        pageLimit: PageLimit, succeeded: () -> Void
    ) async throws {
        let recent = recent.events(ofEpoch: epochs.current)
        var pageLimit = pageLimit
        var hasNews = false
        while !Task.isCancelled {
            let page = try await recent.page(after: progress.put.position, limit: pageLimit.events)
            let began = ContinuousClock.now
            if let end = page.last?.position {
                meters.lag(follower.place.position - progress.put.position)
                Failpoint.beforeSink.pass()
                try await put(page, by: connection)
                Failpoint.afterSink.pass()
                progress.put = LogPosition(epoch: epochs.epoch(of: end), position: end)
                succeeded()
                meters.put(page.count)
            } else {
                meters.caughtUp()
                // The follower has heard of what this server's log does not have: a failover has cut it off.
                if hasNews { await pause(retryPause) }
            }
            hasNews = false
            meters.lag(follower.place.position - progress.put.position)
            try await keep(&progress, every: Self.keepInterval)
            if let first = page.first {
                await salesFirst?.rest(after: began.duration(to: .now), recordedAt: first.recordedAt)
            }
            if pageLimit.adapt(to: page) { continue }
            let next = LogPosition(epoch: epochs.current, position: progress.put.position + 1)
            let owesCheckpoint = progress.put != progress.kept
            switch await follower.wait(for: next, timeout: owesCheckpoint ? Self.keepInterval : Self.newsTimeout) {
            case .reached: hasNews = true
            case .timedOut: try await keep(&progress, every: .zero)
            case .tooManyWaiters, .stopped:
                try await keep(&progress, every: .zero)
                await pause(Self.newsTimeout)
            }
            guard follower.place.epoch <= epochs.current else { return }
        }
    }

    private func put(_ page: [RecordedEvent], by connection: any SinkConnection) async throws {
        let began = traces == nil ? 0 : TraceSpan.now
        do {
            try await connection.put(page)
        } catch {
            let span = span(of: page, since: began)
            span?.fail("\(type(of: error))")
            span?.end()
            throw error
        }
        // Only now: a page may be read before the message comes that says whose trace its events are of.
        span(of: page, since: began)?.end()
    }

    /// A page has events of many traces, so its span has one of its own, linked with them. Nil: none of them is sampled.
    private func span(of page: [RecordedEvent], since began: UInt64) -> TraceSpan? {
        guard let traces, let first = page.first?.position, let last = page.last?.position else { return nil }
        let links = traces.events.traces(of: first...last)
        guard !links.isEmpty else { return nil }
        let span = traces.recorder.start("sink put", ofKind: .producer, links: links, at: began)
        span.set("holdfast.sink", .string(sink.name))
        span.set("holdfast.events", .int64(Int64(page.count)))
        span.set("holdfast.position", .int64(last))
        return span
    }

    private func keep(_ progress: inout Progress, every interval: Duration) async throws {
        guard progress.put != progress.kept, progress.keptAt.duration(to: .now) >= interval else { return }
        try await checkpoints.keep(progress.put, of: sink.name)
        Failpoint.afterCheckpoint.pass()
        progress.kept = progress.put
        progress.keptAt = .now
    }

    /// Also when the task is cancelled: what was put is not to be put again by the next process.
    private func finish(_ connection: any SinkConnection, _ progress: Progress) async {
        await Task { [checkpoints, sink, logger] in
            await connection.close()
            guard progress.put != progress.kept else { return }
            do {
                try await checkpoints.keep(progress.put, of: sink.name)
            } catch {
                logger.warning(
                    "a sink's checkpoint can't be kept", metadata: ["sink": "\(sink.name)", "error": "\(error)"])
            }
        }.value
    }
}

/// What operators see of a sink.
private struct SinkMeters {
    private let events: Counter
    private let failures: Counter
    private let lag: Gauge
    private let failing: Gauge

    init(sink: String) {
        let sink = [("sink", sink)]
        events = Counter(label: "holdfast_sink_events", dimensions: sink)
        failures = Counter(label: "holdfast_sink_failures", dimensions: sink)
        lag = Gauge(label: "holdfast_sink_lag_events", dimensions: sink)
        failing = Gauge(label: "holdfast_sink_failing", dimensions: sink)
        clear()
    }

    func put(_ count: Int) {
        events.increment(by: count)
        failing.record(0)
    }

    func failed() {
        failures.increment()
        failing.record(1)
    }

    func caughtUp() { failing.record(0) }

    func lag(_ count: Int64) { lag.record(max(count, 0)) }

    /// Another process may be the active one now.
    func clear() {
        lag.record(0)
        failing.record(0)
    }
}
