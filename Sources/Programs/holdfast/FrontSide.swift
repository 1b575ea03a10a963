import Catalogue
import Configuration
import EventLog
import Following
import HTTPServer
import Hummingbird
import Identity
import Logging
import NIOCore
import OpenID
import Organisations
import PostgresEventLog
import QueryAPI
import RateLimits
import ServiceLifecycle
import Traces
import WebAPI

/// Where the sides of a node put their routes, and what handlers share.
struct Routes {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    /// Anybody may call these; a token is checked where there is one.
    let open: RouterGroup<APIContext>
    /// These need a token.
    let closed: RouterGroup<APIContext>
    /// Those of them that the fast lane has, too.
    var lane: [LaneRoute] = []
    let limits = OpenFiles.fitting(ServerLimits())
    let authenticator: Authenticator
    let issuerKeys: IssuerKeys
    let tickets: TicketCodes
    let secrets: ActionSecrets
    let admissions: AdmissionTokens
    /// The instance's own seeds of draws.
    let roomSecrets: RoomSecrets
    let fresh: FreshRead
    let audit: AuditLog
    let owners: ShowOwners
    /// Nil: the node has no role that needs to know.
    let roles: RecordedRoles?
    /// How requests are told whose session they belong to; nil: there are no accounts.
    let sessions: CookieSessions?

    init(
        _ config: ConfigReader, _ shared: SharedParts, _ follow: FollowSide, _ sessions: CookieSessions?
    ) throws {
        self.sessions = sessions
        roles = shared.views[Organisations.self].map { view in
            RecordedRoles(view: view, hasCaughtUp: { follow.replica.status.hasCaughtUp }, now: { .now })
        }
        owners = ShowOwners(log: shared.makeLog())
        let identity = try IdentitySide(config, shared, roles)
        authenticator = identity.authenticator
        issuerKeys = identity.keys
        tickets = try TicketCodes(keyFile: config.ticketKeyFile(), others: config.list(.ticketOtherKeys))
        secrets = try ActionSecrets(keyFile: config.ticketKeyFile())
        admissions = try AdmissionTokens(keyFile: config.ticketKeyFile())
        roomSecrets = try RoomSecrets(keyFile: config.ticketKeyFile())
        audit = shared.audit
        open = router.group("api/v1").add(
            middleware: Authentication(
                authenticator, requiresToken: false, sessions: sessions, owners: owners, audit: audit))
        closed = router.group("api/v1").add(
            middleware: Authentication(authenticator, sessions: sessions, owners: owners, audit: audit))
        // Anybody may ask for the head; nobody's command waits for that.
        fresh = FreshRead(replica: follow.replica, log: shared.makeLog())
    }
}

/// The HTTP server, with the routes that every node has.
struct FrontSide {
    let server: any Service

    init(
        _ config: ConfigReader, _ shared: SharedParts, _ routes: Routes, _ follow: FollowSide
    ) throws {
        HealthRoutes(replica: follow.replica, sinks: follow.sinks).add(to: routes.router, for: .everybody)
        try OpenAPIRoute().add(to: routes.router)
        if let path = config.text(.logHeadKey) {
            let key = try DocumentSigningKey(pemFile: path)
            let log = shared.makeLog()
            LogHeadRoute {
                do {
                    return ByteBuffer(bytes: try await SignedHead.make(of: log, signedWith: key).json)
                } catch is UnsettledHead {
                    throw Problem(.logUnavailable, detail: "Nobody can vouch for the log's head.", retryAfterSeconds: 5)
                }
            }.add(to: routes.open)
            if shared.roles.contains(.query) {
                ReceiptRoutes(
                    reader: shared.orders, fresh: routes.fresh, log: log,
                    durableHead: { () throws(Problem) in
                        do throws(LogError) {
                            if let head = try await HashedHead.durable(in: log, vouchedForBy: log.readBarrier) {
                                return head
                            }
                        } catch {
                            throw Problem(error)
                        }
                        throw Problem(
                            .logUnavailable, detail: "Nobody can vouch for the log's head.", retryAfterSeconds: 5)
                    }, sign: { try SignedHead($0, signedWith: key) }
                ).add(to: routes.closed)
            }
        }
        TicketKeysRoute(routes.tickets).add(to: routes.router)
        let host = try config.required(.httpHost)
        let port = try config.number(.httpPort, in: 0...65_535)
        let identity = try TLSIdentity(config)
        let bots = try BotsSide(config, shared, isSecure: identity != nil)
        bots.addRoutes(to: routes)
        AccessTable.requireRows(for: routes.router)
        let edge = EdgeHeaders(isSecure: identity != nil, cors: try CORSPolicy(config))
        let responder = APIResponder(routes.router, edge: edge, traces: shared.traces?.recorder)
        let lanes = FastLanes(
            routes.lane, authenticator: routes.authenticator, sessionCookie: routes.sessions?.cookie,
            metrics: responder.metrics, edge: edge, audit: routes.audit,
            traces: shared.traces?.recorder, logger: Subsystem.http.logger)
        let proxies = try TrustedProxies(config)
        let requestLimits = try RequestLimits(
            config, proxies: proxies, authenticator: routes.authenticator, sessions: routes.sessions,
            bots: bots.guardian, edge: edge)
        let connections = try ConnectionQuota(config, proxies: proxies)
        server = Application(
            responder: responder,
            server: try routes.limits.server(tls: identity, edge: edge, connections: connections) {
                (requestLimits.map { [$0.makeHandler()] } ?? []) + [lanes.makeHandler()]
            },
            configuration: routes.limits.configuration(address: .hostname(host, port: port)),
            logger: Subsystem.http.logger)
    }
}
