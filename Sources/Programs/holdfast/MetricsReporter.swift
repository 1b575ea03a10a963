import Domain
import EventLog
import Fanout
import Following
import Metrics
import ServiceLifecycle
import Signals
import WaitingLines

/// Says once a second, as metrics, what the parts of the process keep count of: how far every view is, how long the waiting
/// rooms' lines are, and what the fan-out sent, received and lost.
struct MetricsReporter: Service {
    var replica: Replica?
    var sinks: [any LogSink] = []
    /// Nil: this node does not know the lines.
    var lines: View<WaitingLines>?
    var publisher: Publisher?
    var subscriber: Subscriber?

    private static let interval = Duration.seconds(1)

    func run() async {
        await cancelWhenGracefulShutdown {
            let started = ContinuousClock.now
            let rooms = lines.map { _ in RoomMeters() }
            var clock = LagClock()
            var sent = PublisherStatistics()
            var received = SubscriberStatistics()
            while !Task.isCancelled {
                reportSinks(&clock, started.duration(to: .now))
                if let lines { rooms?.set(lines.read { lines, _ in lines.totals(at: .now) }) }
                if let now = publisher?.statistics { sent = report(now, since: sent) }
                if let now = subscriber?.statistics { received = report(now, since: received) }
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return  // Cancelled.
                }
            }
        }
    }

    private func reportSinks(_ clock: inout LagClock, _ now: Duration) {
        guard let status = replica?.status else { return }
        Meter(label: "holdfast_ready").set(status.isReady && sinks.allSatisfy { $0.stop == nil } ? 1 : 0)
        Meter(label: "holdfast_log_epoch").set(status.epoch)
        Meter(label: "holdfast_log_head_position").set(status.head)
        Meter(label: "holdfast_log_confirmed_position").set(status.confirmed)
        clock.note(head: status.head, at: now)
        for sink in sinks {
            let place = sink.place
            let view = [("view", sink.name)]
            let lag = clock.lag(of: place.position, at: now)
            Meter(label: "holdfast_view_position", dimensions: view).set(place.position)
            Meter(label: "holdfast_view_lag_events", dimensions: view).set(max(status.head - place.position, 0))
            Meter(label: "holdfast_view_lag_seconds", dimensions: view).set(lag / .seconds(1))
            Meter(label: "holdfast_view_stopped", dimensions: view).set(sink.stop == nil ? 0 : 1)
        }
    }

    private func report(_ now: PublisherStatistics, since before: PublisherStatistics) -> PublisherStatistics {
        Counter(label: "holdfast_fanout_sent_messages").increment(by: now.messages - before.messages)
        Counter(label: "holdfast_fanout_sent_bytes").increment(by: now.bytes - before.bytes)
        Counter(label: "holdfast_fanout_sent_head_statements").increment(by: now.headStatements - before.headStatements)
        Counter(label: "holdfast_fanout_batches_not_sent").increment(by: now.batchesNotSent - before.batchesNotSent)
        return now
    }

    private func report(_ now: SubscriberStatistics, since before: SubscriberStatistics) -> SubscriberStatistics {
        Counter(label: "holdfast_fanout_received_messages").increment(by: now.messages - before.messages)
        Counter(label: "holdfast_fanout_received_bytes").increment(by: now.bytes - before.bytes)
        Counter(label: "holdfast_fanout_received_malformed").increment(by: now.malformed - before.malformed)
        Counter(label: "holdfast_fanout_received_dropped").increment(by: now.dropped - before.dropped)
        Meter(label: "holdfast_fanout_silent_endpoints").set(now.silentEndpoints)
        return now
    }
}

private struct RoomMeters {
    private let rooms = Meter(label: "holdfast_waiting_rooms")
    private let waiting = Meter(label: "holdfast_waiting_room_entries", dimensions: [("status", "waiting")])
    private let admitted = Meter(label: "holdfast_waiting_room_entries", dimensions: [("status", "admitted")])
    private let active = Meter(label: "holdfast_waiting_room_entries", dimensions: [("status", "active")])
    private let wait = Meter(label: "holdfast_waiting_room_wait_seconds")

    func set(_ totals: WaitingLines.Totals) {
        rooms.set(totals.rooms)
        waiting.set(totals.waiting)
        admitted.set(totals.admitted)
        active.set(totals.active)
        wait.set(totals.waitSeconds)
    }
}
