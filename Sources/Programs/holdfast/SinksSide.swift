import Configuration
import EventLog
import Feed
import Following
import KafkaSink
import Mailing
import OutboxSink
import PostgresEventLog
import PostgresSinks
import RabbitMQSink
import ServiceLifecycle
import Sinks
import WebAPI

/// What puts the log's events outside this instance. A node with the role `command` serves it, one of all at a time.
struct SinksSide {
    let services: [any Service]

    /// The advisory locks of those that serve each sink.
    private static let outboxLeaseKey: Int64 = 0x686f_6c64_6f75_7462
    private static let mailLeaseKey: Int64 = 0x686f_6c64_6d61_696c
    private static let kafkaLeaseKey: Int64 = 0x686f_6c64_6b61_666b
    private static let rabbitMQLeaseKey: Int64 = 0x686f_6c64_7262_6d71

    /// - Parameters:
    ///   - log: read by the sinks and the webhooks alone.
    ///   - follower: tells that there are news in the log.
    ///   - owners: say whose a show is.
    init(
        _ config: ConfigReader, _ shared: SharedParts, log: PostgresEventLog, recent: RecentLog,
        follower: any LogFollower, owners: ShowOwners
    ) throws {
        let owner: FeedReader.OwnerReader = { try await owners.organisation(of: $0) }
        var sinks: [(sink: any EventSink, leaseKey: Int64)] = []
        if try config.flag(.outbox) {
            let outbox = OutboxSink(
                PostgresOutbox(conninfo: shared.conninfo, logger: Subsystem.sinks.logger),
                days: try config.number(.outboxDays, in: 1...365), owner: owner, logger: Subsystem.sinks.logger)
            sinks.append((outbox, Self.outboxLeaseKey))
        }
        if let mail = try MailSink(config, shared, log: log) { sinks.append((mail, Self.mailLeaseKey)) }
        if let kafka = try config.kafka() {
            sinks.append((KafkaSink(kafka, owner: owner, logger: Subsystem.sinks.logger), Self.kafkaLeaseKey))
        }
        if let rabbitMQ = try config.rabbitMQ() {
            sinks.append((RabbitMQSink(rabbitMQ, owner: owner), Self.rabbitMQLeaseKey))
        }
        services = sinks.map { sink, leaseKey in
            SinkProcess(
                sink, log: log, recent: recent, follower: follower,
                checkpoints: PostgresSinkCheckpoints(conninfo: shared.conninfo, logger: Subsystem.sinks.logger),
                lease: PostgresLease(shared.leases, key: leaseKey, name: "sink \(sink.name)"),
                salesFirst: shared.salesFirst, traces: shared.traces,
                logger: Subsystem.sinks.logger)
        }
    }
}
