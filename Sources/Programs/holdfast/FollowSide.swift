import Catalogue
import Configuration
import Contract
import EventLog
import Fanout
import Following
import Projection
import ServiceLifecycle
import Signals
import WebAPI

/// Follows the log once for the whole process, and tells the other sides.
struct FollowSide {
    let replica: Replica
    /// Nil: no endpoints of others are given, and the replica reads the log alone, or hears this node's commits.
    let subscriber: Subscriber?
    /// Everything in this process that follows the log.
    let sinks: [any LogSink]

    init(_ config: ConfigReader, _ shared: SharedParts, _ sides: [any NodeSide], _ write: WriteSide?) throws {
        replica = Replica(
            views: shared.views.all, reader: shared.followLog,
            snapshots: SnapshotStore(
                directory: try config.required(.data) + "/snapshots", logger: Subsystem.follow.logger),
            snapshotInterval: .seconds(try config.number(.snapshotSeconds, in: 1...86_400)),
            traces: shared.traces, logger: Subsystem.follow.logger,
            listeners: sides.flatMap(\.listeners)
                + [shared.audit, DeliveryMetrics(now: { .now })])
        write?.feed.connect(replica)
        subscriber = try SubscriberConfiguration(config, besides: write?.publisher.endpoints ?? []).map {
            try Subscriber($0, logger: Subsystem.fanout.logger)
        }
        sinks = shared.views.all + sides.flatMap(\.sinks)
    }

    var services: [any Service] {
        guard let subscriber else { return [replica] }
        return [replica, subscriber, Feed(batches: subscriber.batches, replica: replica)]
    }

    /// Carries what the fan-out brings to the replica.
    private struct Feed: Service {
        var batches: AsyncStream<CommittedBatch>
        var replica: Replica

        func run() async {
            for await batch in batches.cancelOnGracefulShutdown() { replica.hear(batch) }
        }
    }
}
