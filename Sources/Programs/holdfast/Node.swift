import Catalogue
import Configuration
import Following
import Logging
import Logs
import Payments
import Prometheus
import ServiceLifecycle
import UnixSignals
import WaitingLines
import WebAPI

/// One process, put together from its sides: what it writes, pays, reads and follows, and the front that callers reach.
struct Node {
    private let services: [any Service]
    private let logger: Logger

    /// How long requests and sequencer may take to finish when the process is told to stop.
    private static let shutdownTimeout = Duration.seconds(15)

    init(_ config: ConfigReader, metrics: PrometheusMetrics, levels: LogLevels) throws {
        try UnsafeStart.refuse(config)
        let shared = try SharedParts(config)
        let roles = shared.roles
        let write = try roles.contains(.command) ? WriteSide(config, shared) : nil
        let payments = try roles.contains(.payments) ? PaymentsSide(config, shared, write) : nil
        let read = roles.contains(.query) ? ReadSide(shared) : nil
        let sides: [any NodeSide] = [write as (any NodeSide)?, payments, read].compactMap(\.self)
        let follow = try FollowSide(config, shared, sides, write)
        let accounts = try AccountsSide(config, shared)
        var routes = try Routes(config, shared, follow, accounts?.sessions)
        for side in sides { side.addRoutes(to: &routes) }
        if let write { try write.addWebhooks(config, to: routes, for: payments?.process) }
        accounts?.addRoutes(to: routes)
        let front = try FrontSide(config, shared, routes, follow)
        let operations = try OperationsFront(config, shared, routes, follow, metrics, levels)
        let reporter = MetricsReporter(
            replica: follow.replica, sinks: follow.sinks, lines: shared.views[WaitingLines.self],
            publisher: write?.publisher, subscriber: follow.subscriber)
        BuildInfo.report(roles: config.list(.roles))
        let life = NodeLife(roles: config.list(.roles), status: { follow.replica.status }, logger: shared.logger)
        // The exporter stops after everybody whose spans it sends.
        services =
            [shared.exporter as (any Service)?].compactMap(\.self)
            + [AuditFlush(audit: routes.audit), routes.issuerKeys] + sides.flatMap(\.services) + follow.services
            + (accounts?.services ?? []) + [operations.server, front.server].compactMap(\.self)
            + sides.flatMap(\.waits) + [reporter, life]
        logger = shared.logger
    }

    /// Serves until SIGTERM or SIGINT, then stops taking requests, answers those it has and stores its views.
    func run() async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownTimeout
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Sees to it, after everybody who has something to record has stopped, that it is written.
private struct AuditFlush: Service {
    var audit: AuditLog

    func run() async throws {
        try await gracefulShutdown()
        await audit.flush()
    }
}

/// What a node does in one of its roles.
protocol NodeSide {
    /// In the order in which they start; they stop in the reverse order, after the front.
    var services: [any Service] { get }
    /// What requests wait for beyond their commit. They stop before the front, so that it does not wait for them.
    var waits: [any Service] { get }
    /// Told of what the node's replica applies.
    var listeners: [any LogListener] { get }
    /// What follows the log with a checkpoint outside this process.
    var sinks: [any LogSink] { get }
    func addRoutes(to routes: inout Routes)
}

extension NodeSide {
    var waits: [any Service] { [] }
    var sinks: [any LogSink] { [] }
    func addRoutes(to routes: inout Routes) {}
}
