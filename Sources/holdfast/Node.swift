import Availability
import CommandAPI
import Configuration
import Domain
import EventLog
import Fanout
import HoldExpiries
import Hummingbird
import Logging
import MyHolds
import PostgresEventLog
import Projecting
import QueryAPI
import Sequencing
import ServiceLifecycle
import UnixSignals
import WebAPI

/// One process, put together: the only place that knows all parts.
struct Node {
    private let services: [any Service]
    private let logger = Logger(label: "holdfast")

    /// How long requests and sequencer may take to finish when the process is told to stop.
    private static let shutdownTimeout = Duration.seconds(15)

    init(_ config: ConfigReader, metrics: PrometheusMetrics) async throws {
        let roles = try Roles(config.list(.roles))
        let conninfo = try config.required(.postgresURL)
        let log = PostgresEventLog(conninfo: conninfo, logger: logger)
        // Catching up reads long pages: on connections of its own, so that nobody else waits for them.
        let followLog = PostgresEventLog(conninfo: conninfo, logger: logger)
        let signals = ShowSignals()
        let availability = View<Availability>()
        let holds = View<MyHolds>()
        let expiries = View<HoldExpiries>()
        var views: [any FollowingView] = []
        if roles.contains(.query) { views += [availability, holds] as [any FollowingView] }
        if roles.contains(.command) { views.append(expiries) }
        var services: [any Service] = []
        var sequencer: Sequencer?
        if roles.contains(.command) {
            let publisher = try Publisher(try PublisherConfiguration(config), logger: logger)
            let made = Sequencer(log: log, logger: logger, now: { .now }, publish: publisher.publish)
            sequencer = made
            services += [publisher, made] as [any Service]
        }
        let replica = Replica(
            views: views, reader: followLog,
            snapshots: SnapshotStore(directory: try config.required(.data) + "/snapshots", logger: logger),
            snapshotInterval: .seconds(try config.number(.snapshotSeconds, in: 1...86_400)), logger: logger,
            onApplied: { signals.signal($0) },
            onEpoch: { [sequencer] epoch in
                sequencer?.enter(epoch: epoch)
                signals.signalAll()
            })

        let limits = ServerLimits()
        let keys = try await VerificationKeys(contentsOf: try config.required(.jwks))
        let authenticator = Authenticator(keys: keys)
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        HealthRoutes(replica: replica, metrics: metrics).add(to: router)
        try OpenAPIRoute().add(to: router)
        let open = router.group("api/v1").add(middleware: Authentication(authenticator, requiresToken: false))
        let closed = router.group("api/v1").add(middleware: Authentication(authenticator))
        ProjectionRoutes(replica: replica).add(to: closed)

        if let sequencer {
            CommandRoutes(sequencer: sequencer, log: log, limits: limits).add(to: closed)
            services.append(
                ExpiryTimer(sequencer: sequencer, now: { .now }) { now in
                    expiries.read { expiries, _ in expiries.overdue(at: now) }
                })
        }
        if roles.contains(.query) {
            // Anybody may ask for the head; nobody's command waits for that.
            let fresh = FreshRead(replica: replica, log: PostgresEventLog(conninfo: conninfo, logger: logger))
            ShowRoutes(view: availability, fresh: fresh, signals: signals).add(to: open)
            HoldRoutes(view: holds, fresh: fresh).add(to: closed)
        }
        services.append(replica)
        if let configuration = try SubscriberConfiguration(config) {
            let subscriber = try Subscriber(configuration, logger: logger)
            services += [subscriber, Feed(batches: subscriber.batches, replica: replica)] as [any Service]
        }
        let host = try config.required(.httpHost)
        let port = try config.number(.httpPort, in: 0...65_535)
        services.append(
            Application(
                responder: APIResponder(router), server: try limits.server(tls: try TLSIdentity(config)),
                configuration: limits.configuration(address: .hostname(host, port: port)), logger: logger))
        self.services = services
    }

    /// Serves until SIGTERM or SIGINT, then stops taking requests, answers those it has and stores its views.
    func run() async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownTimeout
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// What a node does.
private struct Roles: OptionSet {
    let rawValue: Int
    static let command = Roles(rawValue: 1)
    static let query = Roles(rawValue: 2)

    init(rawValue: Int) { self.rawValue = rawValue }

    init(_ names: [String]) throws {
        self = []
        for name in names {
            switch name {
            case "command": insert(.command)
            case "query": insert(.query)
            default: throw SettingError("There is no role “\(name)”.")
            }
        }
        guard !isEmpty else { throw SettingError("\(Setting.roles.flag) names no role.") }
    }
}

/// Carries what the fan-out brings to the replica.
private struct Feed: Service {
    var batches: AsyncStream<CommittedBatch>
    var replica: Replica

    func run() async {
        for await batch in batches.cancelOnGracefulShutdown() { replica.receive(batch) }
    }
}
