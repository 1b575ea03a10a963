import ArgumentParser
import Domain
import EventLog
import Foundation
import Logging
import PostgresEventLog
import PostgresOrders
import WebAPI

/// Which log and which nodes: the local instance in a data folder, or others that are named.
struct Instance: ParsableArguments {
    @Option(help: "The local instance's data folder, as given to tools/up.")
    var data: String?

    @Option(help: "The log's libpq connection string; default: the local instance's.")
    var postgresURL: String?

    @Option(help: "The Orders view's libpq connection string; default: the log's.")
    var ordersURL: String?

    @Option(name: .customLong("node"), help: "A node's URL; may be repeated. Default: the local instance's.")
    var nodes: [String] = []

    @Option(help: "An admin's token for the nodes; default: one of the local instance's own.")
    var token: String?

    struct Node: Decodable {
        var url: String
        /// Its folder within the instance's; nil: it is elsewhere.
        var data: String?
    }

    private struct Description: Decodable {
        var nodes: [Node]
        var postgres: String
    }

    /// Lives as long as the tool: a few statements, then a long read.
    static let statementTimeout = Duration.seconds(60)

    func log() throws -> PostgresEventLog {
        PostgresEventLog(
            conninfo: try postgresURL ?? description().postgres, statementTimeout: Self.statementTimeout,
            logger: Self.logger)
    }

    /// The Orders view, which is no node's but one for all.
    func orders() throws -> OrdersAudit {
        OrdersAudit(
            conninfo: try ordersURL ?? postgresURL ?? description().postgres, log: try log(), logger: Self.logger)
    }

    func runningNodes() throws -> [Node] {
        nodes.isEmpty ? try description().nodes : nodes.map { Node(url: $0, data: nil) }
    }

    func adminToken() async throws -> String {
        if let token { return token }
        guard let data else { throw ValidationError("--token or --data is needed to talk to the nodes.") }
        guard let subject = UserID(checking: "replay") else { preconditionFailure("a valid id") }
        return try await LocalKeys(dataFolder: data).sign(subject: subject, role: .admin, lifetimeSeconds: 86_400)
    }

    static let logger: Logger = {
        var logger = Logger(label: "replay") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .error
        return logger
    }()

    private func description() throws -> Description {
        guard let data else { throw ValidationError("--data is needed, or --postgres-url and --node.") }
        let path = data + "/instance.json"
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ValidationError("There is no \(path): tools/up has not run there.")
        }
        return try JSONDecoder().decode(Description.self, from: bytes)
    }
}
