import AsyncHTTPClient
import Domain
import EventLog
import Failpoints
import Feed
import Following
import Logging
import Metrics
import NIOCore
import PostgresWebhooks
import Sinks
import Traces
import Tracing
import Webhooks

/// Tells one endpoint of the log, in order, one event after the other: what is not taken is tried again before anything else
/// is. What an endpoint does slows no other.
struct EndpointDelivery: Sendable {
    let parts: WebhookProcess.Parts
    let recent: RecentEvents
    let epochs: EpochHistory
    let notes: ProgressNotes

    private static let pageEventsMax = 200
    /// What is made of a longer page is not made on the event loop, which serves others, too.
    private static let loopEventsMax = 32
    /// What was taken is noted so often at most: who dies before is told it again.
    private static let noteInterval = Duration.milliseconds(200)
    /// Where nothing was told, how far the log was looked at is noted so often.
    private static let idleNoteInterval = Duration.seconds(5)
    private static let newsTimeout = Duration.seconds(5)
    private static let troublePause = Duration.seconds(1)
    /// An endpoint that keeps pace with a rush is told at once, and looks for what it is to be told so often at most.
    private static let newsLookInterval = Duration.milliseconds(20)
    /// After so long, the host's address is looked up again.
    private static let addressLifetime = Duration.seconds(60)

    /// One endpoint's state while it is served.
    private struct State {
        var endpoint: WebhookEndpoint
        let loop: any EventLoop
        var sender: (sender: WebhookSender, since: ContinuousClock.Instant)?
        var noted: WebhookProgress
        var notedAt = ContinuousClock.now
    }

    /// Ends when it is cancelled, and when the endpoint's owner has changed it.
    func run(_ endpoint: WebhookEndpoint) async {
        let loop = HTTPClient.defaultEventLoopGroup.next()
        await withTaskExecutorPreference(EventLoopExecutor(loop)) { await run(endpoint, on: loop) }
    }

    private func run(_ endpoint: WebhookEndpoint, on loop: any EventLoop) async {
        var state = State(endpoint: endpoint, loop: loop, noted: endpoint.progress)
        await serve(&state)
        await state.sender?.sender.shutdown()
        // Also when the process stops: what was taken is not to be told again by the next.
        let told = state.endpoint
        guard told.progress != state.noted else { return }
        await Task { [parts, notes] in
            do {
                _ = try await notes.note(told)
            } catch {
                parts.logger.warning("a webhook's progress can't be noted", metadata: ["error": "\(error)"])
            }
        }.value
    }

    private func serve(_ state: inout State) async {
        let endpoint = state.endpoint
        let organisation = endpoint.organisation
        let selection = FeedSelection(types: endpoint.types.isEmpty ? nil : endpoint.types) { owner, _ in
            organisation == .instance || owner == organisation
        }
        var reader = FeedReader(
            selection, after: epochs.surviving(endpoint.progress.seen), last: endpoint.progress.delivered, in: epochs,
            owner: parts.owner)
        var pageLimit = PageLimit(eventsMax: Self.pageEventsMax)
        var hasNews = false
        while !Task.isCancelled {
            let began = ContinuousClock.now
            let page: [RecordedEvent]
            let (events, stop): ([FeedEvent], FeedReader.Unreadable?)
            do {
                page = try await recent.page(after: reader.position, limit: pageLimit.events)
                (events, stop) =
                    page.count <= Self.loopEventsMax
                    ? try await reader.takeReadable(page)
                    : try await withTaskExecutorPreference(globalConcurrentExecutor) {
                        try await reader.takeReadable(page)
                    }
            } catch is EpochOver {
                // Begun anew, from what is still in the log.
                await pause(Self.troublePause)
                return
            } catch {
                parts.logger.warning(
                    "a webhook can't be told of the log", metadata: ["webhook": "\(endpoint.id)", "error": "\(error)"])
                await pause(Self.troublePause)
                continue
            }
            let recordedAt = page.first?.recordedAt ?? parts.now()
            for event in events {
                let began = ContinuousClock.now
                guard await deliver(event, &state) else { return }
                await parts.salesFirst?.rest(
                    after: began.duration(to: .now), recordedAt: recordedAt, newsRestMax: .zero)
            }
            if !page.isEmpty {
                if events.isEmpty {
                    // Looking for what it is to be told is work, too.
                    await parts.salesFirst?.rest(
                        after: began.duration(to: .now), recordedAt: recordedAt, newsRestMax: Self.newsLookInterval)
                }
                state.endpoint.progress.seen = LogPosition(
                    epoch: epochs.epoch(of: reader.position), position: reader.position)
                guard await note(&state, every: events.isEmpty ? Self.idleNoteInterval : Self.noteInterval) else {
                    return
                }
            }
            if let stop {
                parts.logger.warning(
                    "a webhook can't be told of an event",
                    metadata: ["webhook": "\(endpoint.id)", "position": "\(stop.position)"])
                await pause(Self.troublePause)
                continue
            }
            if pageLimit.adapt(to: page) { continue }
            // The follower has heard of what this server's log does not have: a failover has cut it off.
            if hasNews, page.isEmpty { await pause(Self.troublePause) }
            hasNews = false
            let next = LogPosition(epoch: epochs.current, position: reader.position + 1)
            let owesNote = state.endpoint.progress.delivered != state.noted.delivered
            switch await parts.follower.wait(for: next, timeout: owesNote ? Self.noteInterval : Self.newsTimeout) {
            case .reached: hasNews = true
            case .timedOut: guard await note(&state, every: .zero) else { return }
            case .tooManyWaiters, .stopped:
                guard await note(&state, every: .zero) else { return }
                await pause(Self.troublePause)
            }
            guard parts.follower.place.epoch <= epochs.current else { return }
        }
    }

    /// Tries until the endpoint takes the event. False: it is over.
    private func deliver(_ event: FeedEvent, _ state: inout State) async -> Bool {
        let message = WebhookMessage(
            id: "evt_" + event.place.feedSequence.replacing(".", with: "_"), body: event.json)
        while !Task.isCancelled {
            if let next = state.endpoint.progress.nextTry {
                let now = parts.now()
                if now < next {
                    await pause(.microseconds(next.microseconds - now.microseconds))
                    continue
                }
            }
            let began = parts.traces == nil ? 0 : TraceSpan.now
            let span = startTry(of: event.place, state.endpoint, at: began)
            Failpoint.beforeSink.pass()
            let outcome = await attempt(message, traceParent: span?.trace.traceParent, &state)
            // The event may have been read before the message came that says whose trace it is of.
            end(span ?? startTry(of: event.place, state.endpoint, at: began), outcome)
            // It may have been taken; the next process tells it again.
            if Task.isCancelled, outcome.verdict != .taken { return false }
            Self.count(outcome.verdict)
            let now = parts.now()
            switch outcome.verdict {
            case .taken:
                Failpoint.afterSink.pass()
                state.endpoint.progress = WebhookProgress(seen: event.place, delivered: event.place, deliveredAt: now)
                return await note(&state, every: Self.noteInterval)
            case .gone, .failed:
                await keep(outcome, of: message, state.endpoint, at: now)
                guard await failed(outcome, &state, at: now) else { return false }
            }
        }
        return false
    }

    /// The connection to the endpoint; a new one where there is none, or where its address is to be looked up again.
    private func sender(_ state: inout State) async throws(Unreachable) -> WebhookSender {
        let former = state.sender
        if let former, former.since.duration(to: .now) <= Self.addressLifetime { return former.sender }
        let sender: WebhookSender
        do throws(Unreachable) {
            sender = try await WebhookSender.connect(
                to: state.endpoint.url, of: state.endpoint.organisation, within: parts.reach, on: state.loop)
        } catch {
            // The address was good, and nobody says that it is not any more.
            if let former, !error.isCertain {
                state.sender = (former.sender, .now)
                return former.sender
            }
            state.sender = nil
            await former?.sender.shutdown()
            throw error
        }
        state.sender = (sender, .now)
        await former?.sender.shutdown()
        return sender
    }

    /// The span of one try to tell an event whose trace is sampled; nil: it is not.
    private func startTry(of place: LogPosition, _ endpoint: WebhookEndpoint, at began: UInt64) -> TraceSpan? {
        guard let traces = parts.traces, let parent = traces.events[place.position] else { return nil }
        let span = traces.recorder.start("webhook try", ofKind: .client, under: parent, at: began)
        span.set("holdfast.webhook", .string("\(endpoint.id)"))
        span.set("holdfast.position", .int64(place.position))
        span.set("http.request.method", .string("POST"))
        span.set("http.request.resend_count", .int64(Int64(endpoint.progress.failures)))
        return span
    }

    private func end(_ span: TraceSpan?, _ outcome: WebhookSender.Outcome) {
        guard let span else { return }
        if let status = outcome.status { span.set("http.response.status_code", .int64(Int64(status))) }
        if outcome.verdict != .taken { span.fail(outcome.status.map(String.init) ?? "no-answer") }
        span.end()
    }

    private func attempt(
        _ message: WebhookMessage, traceParent: String?, _ state: inout State
    ) async -> WebhookSender.Outcome {
        let sender: WebhookSender
        do throws(Unreachable) {
            sender = try await self.sender(&state)
        } catch {
            return .notSent(error.reason)
        }
        let now = parts.now()
        let outcome = await sender.send(
            message, at: now, secrets: state.endpoint.secrets(at: now), traceParent: traceParent)
        if outcome.status == nil {
            // Perhaps the host has moved.
            state.sender = nil
            await sender.shutdown()
        }
        return outcome
    }

    /// False: nothing more is to be sent.
    private func failed(_ outcome: WebhookSender.Outcome, _ state: inout State, at now: Timestamp) async -> Bool {
        var asked: Double?
        if case .failed(let seconds) = outcome.verdict { asked = seconds }
        state.endpoint.progress.failures += 1
        let wait = RetrySchedule.wait(
            afterFailures: state.endpoint.progress.failures, asked: asked, random: .random(in: 0..<1))
        state.endpoint.progress.nextTry = Timestamp(
            microseconds: now.microseconds + Int64(wait * parts.secondMicroseconds))
        guard outcome.verdict == .gone else { return await note(&state, every: .zero) }
        state.endpoint.progress.nextTry = nil
        return await note(&state, every: .zero, disabled: .gone) && false
    }

    /// False: the endpoint's owner has changed or deleted it.
    private func note(
        _ state: inout State, every interval: Duration, disabled: WebhookEndpoint.Disabled? = nil
    ) async -> Bool {
        let progress = state.endpoint.progress
        guard progress != state.noted || disabled != nil, state.notedAt.duration(to: .now) >= interval else {
            return true
        }
        do {
            let counts = try await notes.note(state.endpoint, disabled: disabled)
            Failpoint.afterCheckpoint.pass()
            state.noted = progress
            state.notedAt = .now
            return counts
        } catch {
            parts.logger.warning("a webhook's progress can't be noted", metadata: ["error": "\(error)"])
            return true
        }
    }

    private func keep(
        _ outcome: WebhookSender.Outcome, of message: WebhookMessage, _ endpoint: WebhookEndpoint, at now: Timestamp
    ) async {
        do {
            try await parts.store.note(
                PostgresWebhooks.Attempt(
                    messageID: message.id, status: outcome.status, detail: outcome.detail,
                    milliseconds: outcome.milliseconds, triedAt: now), of: endpoint.id)
        } catch {
            parts.logger.warning("a webhook's try can't be kept", metadata: ["error": "\(error)"])
        }
    }

    private static func count(_ verdict: WebhookVerdict) {
        let outcome =
            switch verdict {
            case .taken: "taken"
            case .failed: "failed"
            case .gone: "gone"
            }
        counter(outcome).increment()
    }

    /// Operators see the series before the first message.
    static func beginCounting() { for outcome in ["taken", "failed", "gone"] { _ = counter(outcome) } }

    private static func counter(_ outcome: String) -> Counter {
        Counter(label: "holdfast_webhook_tries", dimensions: [("outcome", outcome)])
    }
}
