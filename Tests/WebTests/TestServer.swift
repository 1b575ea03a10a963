import Domain
import EventLog
import Hummingbird
import HummingbirdCore
import Logging
import Metrics
import NIOCore
import ServiceLifecycle
import Testing

@testable import HTTPServer
@testable import Identity
@testable import Prometheus
@testable import Text
@testable import WebAPI

/// A server with a few routes on a free port of the loopback, for as long as `body` runs.
enum TestServer {
    /// One for the whole test process: swift-metrics can be set up once.
    static let metrics: PrometheusMetrics = {
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        return metrics
    }()

    /// Limits that a test does not have to wait for.
    static var quickLimits: ServerLimits {
        var limits = ServerLimits()
        limits.headersDeadline = .milliseconds(500)
        limits.bodyDeadline = .milliseconds(500)
        limits.idleTimeout = .milliseconds(900)
        limits.lingerTimeout = .milliseconds(300)
        limits.writeStallTimeout = .milliseconds(300)
        limits.tlsHandshakeTimeout = .seconds(1)
        return limits
    }

    static func run(
        limits: ServerLimits = ServerLimits(), tls: TLSIdentity? = nil, authenticator: Authenticator? = nil,
        audit: AuditLog? = nil, edge: EdgeHeaders = EdgeHeaders(), requestLimits: RequestLimits? = nil,
        botRoutes: BotRoutes? = nil,
        connections: ConnectionQuota? = nil, _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        try await run(
            limits: limits, tls: tls, authenticator: authenticator, audit: audit, edge: edge,
            requestLimits: requestLimits, botRoutes: botRoutes, connections: connections
        ) { port, _ in try await body(port) }
    }

    /// - Parameter body: gets what tells the server to stop, as SIGTERM does, and returns when it listens no more.
    static func run(
        limits: ServerLimits = ServerLimits(), tls: TLSIdentity? = nil, authenticator: Authenticator? = nil,
        audit: AuditLog? = nil, edge: EdgeHeaders = EdgeHeaders(), requestLimits: RequestLimits? = nil,
        botRoutes: BotRoutes? = nil,
        connections: ConnectionQuota? = nil,
        _ body: @escaping @Sendable (_ port: Int, _ stop: @escaping @Sendable () async -> Void) async throws -> Void
    ) async throws {
        _ = metrics
        let (ports, portFound) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = Application(
            responder: APIResponder(try router(authenticator, audit, botRoutes), edge: edge),
            server: try limits.server(tls: tls, edge: edge, connections: connections) {
                requestLimits.map { [$0.makeHandler()] } ?? []
            },
            configuration: limits.configuration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { portFound.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [application], logger: logger))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            do {
                try await body(port) {
                    await group.triggerGracefulShutdown()
                    while await isListening(port) { await Task.yield() }
                }
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Connections are told to stop once the server takes no more of them.
    private static func isListening(_ port: Int) async -> Bool {
        do {
            try await RawConnection.open(port: port) { _ in }
            return true
        } catch {
            return false
        }
    }

    struct Order: Decodable {
        var showID: ShowID?
        var seats: [String]
        var quantity: Int?
        var areas: [String: Int]?
        var startsAt: Timestamp?
        var name: DisplayText?
    }

    struct Secret: Error {
        let password = "hunter2"
    }

    private static func router(_ authenticator: Authenticator?, _ audit: AuditLog?, _ botRoutes: BotRoutes?) throws
        -> Router<APIContext>
    {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.get("/metrics") { request, _ in metrics.response(to: request.headers) }
        try OpenAPIRoute().add(to: router)
        let api = router.group("/api/v1")
        api.post("/orders") { request, _ in
            let order = try await request.json(Order.self, bytesMax: 4096)
            return Response.json(.created, token: LogPosition(epoch: 1, position: 42)) { json in
                json.object { $0.member("seats", order.seats.count) }
            }
        }
        api.post("/unread") { _, _ in Response.json { $0.object { $0.member("read", false) } } }
        api.get("/shows/:id") { _, context -> Response in
            let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
            return Response.json { $0.object { $0.member("showId", id) } }
        }
        api.get("/slow") { _, _ in
            try await Task.sleep(for: .seconds(1))
            return Response.json { $0.object { $0.member("slow", true) } }
        }
        api.get("/parts") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    var writer = writer
                    for part in ["one ", "two "] { try await writer.write(ByteBuffer(string: part)) }
                    try await writer.finish(nil)
                })
        }
        api.get("/endless/stream") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    // As every stream has signs of life, by which a caller who is gone is noticed.
                    while !Task.isShuttingDownGracefully {
                        try await writer.write(ByteBuffer(string: ":\n\n"))
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    try await writer.finish(nil)
                })
        }
        api.get("/fails") { _, _ -> Response in throw Secret() }
        api.get("/behind") { _, _ -> Response in
            throw Problem(
                .replicaBehind, detail: "Asked for 1.9, reached 1.7.", retryAfterSeconds: 1,
                sequence: LogPosition(epoch: 1, position: 7), members: [.init("position", .string("1.7"))])
        }
        api.get("/plain") { _, _ -> Response in throw HTTPError(.conflict, message: "of the framework") }
        api.get("/large") { _, _ in
            Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(repeating: 0x20, count: 64 << 20)))
        }
        if let authenticator {
            botRoutes?.add(to: api.group().add(middleware: Authentication(authenticator, audit: audit)))
            let mine = api.group("/me").add(middleware: Authentication(authenticator, audit: audit))
            mine.get { _, context in
                let principal = try context.requirePrincipal()
                return Response.json { json in
                    json.object {
                        $0.member("userId", principal.userID); $0.member("role", principal.role.rawValue)
                    }
                }
            }
            mine.post { _, _ in Response.json { $0.object { _ in } } }
            mine.get("/admin") { _, context in
                _ = try context.require(.admin)
                return Response.json { $0.object { _ in } }
            }
        }
        return router
    }
}
