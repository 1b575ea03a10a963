import Configuration
import EventLog
import Following
import PostgresEventLog
import PostgresSinks
import ServiceLifecycle
import Sinks
import WebAPI

/// What puts the log's events outside this instance. A node with the role `command` serves it, one of all at a time.
struct SinksSide {
    let services: [any Service]

    /// - Parameters:
    ///   - log: read by the sinks and the webhooks alone.
    ///   - follower: tells that there are news in the log.
    ///   - owners: say whose a show is.
    init(
        _ config: ConfigReader, _ shared: SharedParts, log: PostgresEventLog, recent: RecentLog,
        follower: any LogFollower, owners: ShowOwners
    ) throws {
        let sinks: [(sink: any EventSink, leaseKey: Int64)] = []
        services = sinks.map { sink, leaseKey in
            SinkProcess(
                sink, log: log, recent: recent, follower: follower,
                checkpoints: PostgresSinkCheckpoints(conninfo: shared.conninfo, logger: Subsystem.sinks.logger),
                lease: PostgresLease(shared.leases, key: leaseKey), logger: Subsystem.sinks.logger)
        }
    }
}
