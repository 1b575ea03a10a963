import Catalogue
import Configuration
import Domain
import Following
import Logging
import OTLP
import PostgresEventLog
import PostgresViews
import Traces
import WebAPI

/// What several sides of a node share.
struct SharedParts {
    let logger = Subsystem.holdfast.logger
    let roles: Roles
    let conninfo: String
    /// Where the stored views are.
    let viewsConninfo: String
    let views: Views
    /// All leases of a process are locks of one session.
    let leases: PostgresLeaseSession
    let orders: OrdersReader
    let search: ShowSearchReader
    /// Catching up reads long pages: on connections of its own, so that nobody else waits for them.
    let followLog: PostgresEventLog
    let audit: AuditLog
    let mail: MailParts
    /// Shared by all that tell others what happens.
    let salesFirst = SalesFirst { .now }
    /// Nil: nothing is traced.
    let traces: NodeTraces?
    /// Sends what is traced away; nil: nothing is.
    let exporter: TraceExporter?

    init(_ config: ConfigReader) throws {
        audit = try AuditLog(config)
        mail = MailParts(config)
        traces = try NodeTraces(config)
        exporter = try traces.map { try TraceExporter(config, $0) }
        roles = try Roles(config.list(.roles))
        conninfo = try config.required(.postgresURL)
        viewsConninfo = config.text(.ordersURL) ?? conninfo
        views = Views(for: roles.projections)
        leases = PostgresLeaseSession(conninfo: conninfo, logger: Subsystem.log.logger)
        orders = OrdersReader(conninfo: viewsConninfo, logger: Subsystem.log.logger)
        search = ShowSearchReader(conninfo: viewsConninfo, logger: Subsystem.log.logger)
        followLog = PostgresEventLog(conninfo: conninfo, logger: Subsystem.log.logger)
    }

    /// A log on connections of its own.
    func makeLog() -> PostgresEventLog { PostgresEventLog(conninfo: conninfo, logger: Subsystem.log.logger) }
}

/// What a node does.
struct Roles: OptionSet {
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

    /// The roles that projections are made for.
    var projections: Set<CataloguedProjection.Role> {
        Set((contains(.command) ? [.command] : []) + (contains(.query) ? [.query] : []))
    }
}
