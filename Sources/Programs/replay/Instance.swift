import ArgumentParser
import Domain
import EventLog
import Identity
import Logging
import Postgres
import PostgresEventLog
import PostgresViews

/// Which log and which nodes: the local instance in a data folder, or others that are named.
struct Instance: ParsableArguments {
    @Option(help: "The local instance's data folder, as given to tools/up.")
    var data: String?

    @Option(help: "The log's libpq connection string; default: the local instance's.")
    var postgresURL: String?

    @Option(help: "The stored views' libpq connection string; default: the log's, or the local instance's.")
    var ordersURL: String?

    @Option(
        name: .customLong("node"),
        help: "The URL of a node's listener for operators; repeat it for each node. Default: the local instance's.")
    var nodes: [String] = []

    @Option(
        help: "The file with an admin's token; default: HOLDFAST_TOKEN, or one of the local instance's own.")
    var tokenFile: String?

    func validate() throws {
        for text in [postgresURL, ordersURL].compactMap(\.self) where Conninfo.hasPassword(text) {
            throw ValidationError(Conninfo.passwordAdvice)
        }
    }

    /// Lives as long as the tool: a few statements, then a long read.
    static let statementTimeout = Duration.seconds(60)

    func log() throws -> PostgresEventLog {
        PostgresEventLog(
            conninfo: try postgresURL ?? local().postgres, statementTimeout: Self.statementTimeout,
            logger: Self.logger)
    }

    /// The views that are no node's but one for all.
    func storedViews() throws -> [any StoredViewAudit] {
        let conninfo = try ordersURL ?? postgresURL ?? local().storedViews
        return [
            PostgresViewAudit<OrdersView>(conninfo: conninfo, log: try log(), logger: Self.logger),
            PostgresViewAudit<ShowSearchView>(conninfo: conninfo, log: try log(), logger: Self.logger),
        ]
    }

    func runningNodes() throws -> [LocalInstance.Node] {
        nodes.isEmpty ? try local().nodes : nodes.map { LocalInstance.Node(url: $0) }
    }

    func adminToken() throws -> String {
        if let token = try GivenToken.read(file: tokenFile) { return token }
        guard let data else { throw ValidationError("--token-file or --data is needed to talk to the nodes.") }
        return try LocalKeys(dataFolder: data).sign(
            subject: UserID("replay"), role: .admin, lifetimeSeconds: 86_400)
    }

    static let logger: Logger = {
        var logger = Logger(label: "replay") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return logger
    }()

    private func local() throws -> LocalInstance {
        guard let data else { throw ValidationError("--data is needed, or --postgres-url and --node.") }
        return try LocalInstance(dataFolder: data)
    }
}

extension LocalInstance {
    fileprivate var storedViews: String { orders ?? postgres }
}
