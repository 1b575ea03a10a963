import EventLog
import Fanout
import Following
import Metrics
import ServiceLifecycle

/// Says once a second, as metrics, what the parts of the process keep count of: how far every view is, and what the
/// fan-out sent, received and lost.
struct MetricsReporter: Service {
    var replica: Replica?
    var sinks: [any LogSink] = []
    var publisher: Publisher?
    var subscriber: Subscriber?

    private static let interval = Duration.seconds(1)

    func run() async {
        await cancelWhenGracefulShutdown {
            var sent = PublisherStatistics()
            var received = SubscriberStatistics()
            while !Task.isCancelled {
                reportSinks()
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

    private func reportSinks() {
        guard let head = replica?.status.head else { return }
        for sink in sinks {
            let place = sink.place
            let view = [("view", sink.name)]
            Meter(label: "holdfast_view_position", dimensions: view).set(place.position)
            Meter(label: "holdfast_view_lag_events", dimensions: view).set(max(head - place.position, 0))
            Meter(label: "holdfast_view_stopped", dimensions: view).set(sink.stop == nil ? 0 : 1)
        }
    }

    private func report(_ now: PublisherStatistics, since before: PublisherStatistics) -> PublisherStatistics {
        count("sent_messages", now.messages - before.messages)
        count("sent_bytes", now.bytes - before.bytes)
        count("sent_head_statements", now.headStatements - before.headStatements)
        count("batches_not_sent", now.batchesNotSent - before.batchesNotSent)
        return now
    }

    private func report(_ now: SubscriberStatistics, since before: SubscriberStatistics) -> SubscriberStatistics {
        count("received_messages", now.messages - before.messages)
        count("received_bytes", now.bytes - before.bytes)
        count("received_malformed", now.malformed - before.malformed)
        count("received_dropped", now.dropped - before.dropped)
        Meter(label: "holdfast_fanout_silent_endpoints").set(now.silentEndpoints)
        return now
    }

    private func count(_ name: String, _ more: Int) { Counter(label: "holdfast_fanout_\(name)").increment(by: more) }
}
