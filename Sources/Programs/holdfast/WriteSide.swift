import Admission
import Catalogue
import CommandAPI
import Configuration
import Deadlines
import Domain
import EventLog
import Fanout
import Following
import Identity
import Inlets
import Logging
import OpenPayments
import Payments
import PostgresEventLog
import PostgresViews
import PostgresWebhooks
import Projection
import Sequencing
import ServiceLifecycle
import Signals
import Sinks
import Traces
import WebAPI
import WebhookDelivery

/// Decides commands, appends what was decided, and tells the replicas.
struct WriteSide: NodeSide {
    let publisher: Publisher
    let sequencer: Sequencer
    let feed = LocalFeed()
    private let shared: SharedParts
    private let log: PostgresEventLog
    private let waiters = OrderWaiters()
    private let payments: View<OpenPayments>
    private let deadlines: View<Deadlines>
    private let admission: AdmissionProcess
    private let webhooks: WebhookProcess
    private let webhookParts: WebhookProcess.Parts
    private let webhookKeys: WebhookKeys
    private let sinks: SinksSide
    private let sales: SalesMetrics

    /// The advisory locks of the active admission process, and of the one that delivers webhooks.
    private static let admissionLeaseKey: Int64 = 0x686f_6c64_726f_6f6d
    private static let webhooksLeaseKey: Int64 = 0x686f_6c64_686f_6f6b

    init(_ config: ConfigReader, _ shared: SharedParts) throws {
        guard let payments = shared.views[OpenPayments.self], let deadlines = shared.views[Deadlines.self],
            let inlets = shared.views[Inlets.self]
        else {
            preconditionFailure("the command role has the views that commands need")
        }
        self.shared = shared
        sales = SalesMetrics(log: SaleLog(traces: shared.traces?.events, logger: Subsystem.sales.logger))
        self.payments = payments
        self.deadlines = deadlines
        log = shared.makeLog()
        publisher = try Publisher(try PublisherConfiguration(config), logger: Subsystem.fanout.logger)
        sequencer = Sequencer(
            log: log, traces: shared.traces?.recorder, logger: Subsystem.sequencer.logger, now: { .now }
        ) {
            [publisher, feed, sales, salesFirst = shared.salesFirst] batch in
            publisher.post(batch)
            sales.committed(batch)
            salesFirst.appended(batch.events)
            feed.send(batch)
        }
        let secrets = try RoomSecrets(keyFile: config.ticketKeyFile())
        admission = AdmissionProcess(
            view: inlets, log: log, sequencer: sequencer,
            lease: PostgresLease(shared.leases, key: Self.admissionLeaseKey, name: "admission"),
            seed: secrets.seed(of:), now: { .now },
            logger: Subsystem.admission.logger)
        let keys = try WebhookKeys(keyFile: config.ticketKeyFile())
        let owners = ShowOwners(log: log)
        let sinkLog = shared.makeLog()
        let recent = RecentLog(sinkLog)
        webhookKeys = keys
        webhookParts = WebhookProcess.Parts(
            store: PostgresWebhooks(
                conninfo: shared.conninfo, seal: .init(seal: keys.seal, open: keys.open),
                logger: Subsystem.webhooks.logger),
            log: sinkLog, recent: recent, follower: deadlines, owner: { try await owners.organisation(of: $0) },
            reach: WebhookReach(
                allowsPrivate: try config.flag(.webhooksPrivate),
                authorities: try config.text(.webhooksAuthorities).map(config.readable)),
            now: { .now },
            salesFirst: shared.salesFirst, traces: shared.traces, logger: Subsystem.webhooks.logger)
        webhooks = WebhookProcess(
            webhookParts, lease: PostgresLease(shared.leases, key: Self.webhooksLeaseKey, name: "webhooks"))
        sinks = try SinksSide(
            config, shared, log: sinkLog, recent: recent, follower: deadlines, owners: owners)
    }

    var services: [any Service] {
        let timer = DeadlineTimer(sequencer: sequencer, now: { .now }) { [deadlines] now in
            deadlines.read { deadlines, _ in deadlines.overdue(at: now) }
        }
        return [publisher, sequencer, timer, admission, webhooks] + sinks.services
    }

    var waits: [any Service] { [waiters] }

    var listeners: [any LogListener] { [waiters, admission, sales, SequencerEpochs(sequencer: sequencer)] }

    func addRoutes(to routes: inout Routes) {
        let readTicketCode: CommandRoutes.TicketCodeReader = { [tickets = routes.tickets] in tickets.claim($0) }
        let readAdmission: CommandRoutes.AdmissionReader = { [tokens = routes.admissions] in tokens.admission($0) }
        CommandRoutes(
            sequencer: sequencer, log: log, limits: routes.limits, canCharge: StripeProvider.canCharge,
            readTicketCode: readTicketCode, readAdmission: readAdmission
        ).add(to: routes.closed)
        QueueRoutes(
            sequencer: sequencer, log: log, limits: routes.limits, admissions: routes.admissions,
            secrets: routes.roomSecrets
        ).add(to: routes.closed)
        WebhookEndpointRoutes(parts: webhookParts, keys: webhookKeys, limits: routes.limits).add(to: routes.closed)
        let orders = OrderRoutes(
            sequencer: sequencer, view: payments, waiters: waiters, limits: routes.limits,
            openSecret: routes.secrets.open
        ) { [shared] id, user, token, timeout in
            do {
                return try await shared.orders.order(id, of: user, notBefore: token, timeout: timeout)
            } catch {
                Subsystem.payments.logger.warning("an order can't be looked up", metadata: ["error": "\(error)"])
                return nil
            }
        }
        orders.add(to: routes.closed)
        routes.lane +=
            CommandLane(
                sequencer: sequencer, readTicketCode: readTicketCode, readAdmission: readAdmission, orders: orders
            ).routes
        ParkedPaymentRoutes(view: payments, fresh: routes.fresh, owners: routes.owners).add(to: routes.closed)
    }

    /// - Parameter process: told of what the provider has news of.
    func addWebhooks(_ config: ConfigReader, to routes: Routes, for process: PaymentProcess?) throws {
        guard let path = config.text(.paymentsWebhookSecret) else { return }
        let secret = Secret(try config.secret(in: path))
        WebhookRoutes(
            limits: routes.limits, read: WebhookRoutes.reader(secret, now: { .now }), hint: { process?.hint($0) },
            hintPayment: { process?.hint(payment: $0) }
        )
        .add(to: routes.open)
    }
}

/// Tells the sequencer of epochs that the views enter.
private struct SequencerEpochs: LogListener {
    var sequencer: Sequencer

    func applied(_ events: [FollowedEvent], at position: LogPosition) {}

    func entered(epoch: Int64) { sequencer.enter(epoch: epoch) }
}
