import Availability
import Catalogue
import CommandAPI
import Configuration
import Domain
import EventLog
import Fanout
import Following
import Deadlines
import HTTPServer
import Hummingbird
import Identity
import Logging
import MyHolds
import OpenPayments
import Payments
import PostgresEventLog
import PostgresViews
import Projection
import Prometheus
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
    /// The advisory lock of the active payment process.
    private static let paymentsLease: Int64 = 0x686f_6c64_7061_7973
    /// That of the process that folds the log into the stored orders.
    private static let ordersLease: Int64 = 7_308_327_774_018_887_781

    init(_ config: ConfigReader, metrics: PrometheusMetrics) async throws {
        let roles = try Roles(config.list(.roles))
        let conninfo = try config.required(.postgresURL)
        let log = PostgresEventLog(conninfo: conninfo, logger: logger)
        // Catching up reads long pages: on connections of its own, so that nobody else waits for them.
        let followLog = PostgresEventLog(conninfo: conninfo, logger: logger)
        let signals = ShowSignals()
        let views = Views(for: roles.projections)
        let leases = PostgresLeaseSession(conninfo: conninfo, logger: logger)
        let waiters = OrderWaiters()
        var listeners: [any LogListener] = [signals, waiters]
        var services: [any Service] = []
        var sequencer: Sequencer?
        var reporter = MetricsReporter()
        if roles.contains(.command) {
            let publisher = try Publisher(try PublisherConfiguration(config), logger: logger)
            let made = Sequencer(log: log, logger: logger, now: { .now }, publish: publisher.publish)
            sequencer = made
            listeners.append(SequencerEpochs(sequencer: made))
            reporter.publisher = publisher
            services += [publisher, made] as [any Service]
        }
        var paymentProcess: PaymentProcess?
        if roles.contains(.payments) {
            guard let sequencer, let payments = views[OpenPayments.self] else { throw SettingError("The payments role needs the command role beside it.") }
            let provider = StripeProvider(try StripeConfiguration(config))
            let process = PaymentProcess(
                view: payments, log: log, sequencer: sequencer, provider: provider,
                lease: PostgresLease(leases, key: Self.paymentsLease), logger: logger)
            paymentProcess = process
            listeners.append(process)
            services += [Provider(provider: provider), process] as [any Service]
        }
        let ordersURL = config.text(.ordersURL) ?? conninfo
        let orders = OrdersReader(conninfo: ordersURL, logger: logger)
        var stored: [StoredPosition] = []
        if roles.contains(.query) {
            let follower = StoredView(
                storage: PostgresViewStorage<OrdersView>(conninfo: ordersURL, logger: logger), log: followLog,
                lease: PostgresLease(leases, key: Self.ordersLease), position: orders.position, logger: logger)
            stored.append(orders.position)
            listeners.append(follower)
            services.append(follower)
        }
        let replica = Replica(
            views: views.all, reader: followLog,
            snapshots: SnapshotStore(directory: try config.required(.data) + "/snapshots", logger: logger),
            snapshotInterval: .seconds(try config.number(.snapshotSeconds, in: 1...86_400)), logger: logger,
            listeners: listeners)
        let sinks: [any LogSink] = views.all + stored
        reporter.replica = replica
        reporter.sinks = sinks

        let limits = ServerLimits()
        let keys = try VerificationKeys(contentsOf: try config.required(.jwks))
        for key in keys.skipped {
            logger.warning(
                "a key of the issuer is not used", metadata: ["kid": "\(key.kid ?? "none")", "reason": "\(key.reason)"])
        }
        let tickets = try TicketCodes(keyFile: config.ticketKeyFile())
        let authenticator = Authenticator(keys: keys)
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        HealthRoutes(replica: replica, sinks: sinks, metrics: metrics).add(to: router)
        try OpenAPIRoute().add(to: router)
        let open = router.group("api/v1").add(middleware: Authentication(authenticator, requiresToken: false))
        let closed = router.group("api/v1").add(middleware: Authentication(authenticator))
        ProjectionRoutes(replica: replica).add(to: closed)
        // Anybody may ask for the head; nobody's command waits for that.
        let fresh = FreshRead(replica: replica, log: PostgresEventLog(conninfo: conninfo, logger: logger))

        if let sequencer, let payments = views[OpenPayments.self], let expiries = views[Deadlines.self] {
            CommandRoutes(
                sequencer: sequencer, log: log, limits: limits, canCharge: StripeProvider.canCharge,
                readTicketCode: { tickets.claim($0) }
            ).add(to: closed)
            OrderRoutes(
                sequencer: sequencer, view: payments, waiters: waiters, limits: limits
            ) { [logger] id, user, token, timeout in
                do {
                    return try await orders.order(id, of: user, notBefore: token, timeout: timeout)
                } catch {
                    logger.warning("an order can't be looked up", metadata: ["error": "\(error)"])
                    return nil
                }
            }.add(to: closed)
            ParkedPaymentRoutes(view: payments, fresh: fresh).add(to: closed)
            if let path = config.text(.paymentsWebhookSecret) {
                WebhookRoutes(
                    limits: limits, read: WebhookRoutes.reader(Secret(try config.secret(in: path)), now: { .now })
                ) { [paymentProcess] in paymentProcess?.hint($0) }.add(to: open)
            }
            services.append(
                DeadlineTimer(sequencer: sequencer, now: { .now }) { now in
                    expiries.read { expiries, _ in expiries.overdue(at: now) }
                })
        }
        if let availability = views[Availability.self], let holds = views[MyHolds.self] {
            ShowRoutes(view: availability, fresh: fresh, signals: signals).add(to: open)
            HoldRoutes(view: holds, fresh: fresh, now: { .now }).add(to: closed)
            OrderHistoryRoutes(reader: orders, fresh: fresh).add(to: closed)
            TicketRoutes(reader: orders, fresh: fresh, codes: tickets).add(to: closed)
        }
        services.append(replica)
        if let configuration = try SubscriberConfiguration(config) {
            let subscriber = try Subscriber(configuration, logger: logger)
            reporter.subscriber = subscriber
            services += [subscriber, Feed(batches: subscriber.batches, replica: replica)] as [any Service]
        }
        let host = try config.required(.httpHost)
        let port = try config.number(.httpPort, in: 0...65_535)
        services.append(
            Application(
                responder: APIResponder(router), server: try limits.server(tls: try TLSIdentity(config)),
                configuration: limits.configuration(address: .hostname(host, port: port)), logger: logger))
        services.append(reporter)
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
    static let payments = Roles(rawValue: 4)

    init(rawValue: Int) { self.rawValue = rawValue }

    init(_ names: [String]) throws {
        self = []
        for name in names {
            switch name {
            case "command": insert(.command)
            case "query": insert(.query)
            case "payments": insert(.payments)
            default: throw SettingError("There is no role “\(name)”.")
            }
        }
        guard !isEmpty else { throw SettingError("\(Setting.roles.flag) names no role.") }
    }
}

extension Roles {
    /// For whom projections are.
    fileprivate var projections: Set<CataloguedProjection.Role> {
        Set((contains(.command) ? [.command] : []) + (contains(.query) ? [.query] : []))
    }
}

/// Tells the sequencer of epochs that the views enter.
private struct SequencerEpochs: LogListener {
    var sequencer: Sequencer

    func applied(_ events: [FollowedEvent], at position: SequenceToken) {}

    func entered(epoch: Int64) { sequencer.enter(epoch: epoch) }
}

/// Carries what the fan-out brings to the replica.
private struct Feed: Service {
    var batches: AsyncStream<CommittedBatch>
    var replica: Replica

    func run() async {
        for await batch in batches.cancelOnGracefulShutdown() { replica.receive(batch) }
    }
}

/// Ends the provider's connections when everybody who calls it has stopped: services stop in the reverse of their order.
private struct Provider: Service {
    var provider: StripeProvider

    func run() async throws {
        try await gracefulShutdown()
        try await provider.shutdown()
    }
}
