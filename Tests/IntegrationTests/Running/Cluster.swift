import EventLog
import Foundation
import Logging
import Postgres
import PostgresEventLog
import Synchronization
import TestSupport
import Testing

/// Some nodes on one log: a database of their own, real processes, a fan-out through sockets in a private folder.
final class Cluster: Sendable {
    let database: TestDatabase
    let tokens: Tokens
    private let folder: ClusterFolder
    private let started = Mutex<[Node]>([])
    private let simulators = Mutex<[PaymentsSimulator]>([])
    private let hasFailed = Mutex(false)
    /// Two command nodes, by name.
    private static let commandNodes = ["a", "b"]

    /// The cluster that the current test runs in.
    @TaskLocal static var running: Cluster?

    /// Runs `body` with a cluster that has no nodes yet; ends all that were started. When `body` throws, or an issue was
    /// recorded in a suite that is ``Testing/Trait/keepingLogs``, what the nodes logged is kept.
    static func with<R>(
        server: String? = nil, _ body: (Cluster) async throws -> R
    ) async throws -> R {
        try await withTemporaryFolder { folder in
            let tokens = try await Tokens(makingKeysIn: folder)
            func run(_ database: TestDatabase) async throws -> R {
                let cluster = Cluster(database: database, tokens: tokens, folder: ClusterFolder(url: folder))
                do {
                    let result = try await $running.withValue(cluster) { try await body(cluster) }
                    try await cluster.end()
                    return result
                } catch {
                    cluster.noteFailure()
                    try await cluster.end()
                    throw error
                }
            }
            if let server { return try await TestDatabase.with(server: server, run) }
            return try await TestDatabase.with(run)
        }
    }

    private init(database: TestDatabase, tokens: Tokens, folder: ClusterFolder) {
        self.database = database
        self.tokens = tokens
        self.folder = folder
    }

    /// A node that is not started yet. Command nodes are called `a` and `b`: the others follow these.
    ///
    /// - Parameter follows: whether it subscribes to the command nodes; if not, it polls the log.
    func node(
        _ name: String, roles: [Node.Role] = [.command, .query], follows: Bool = true, settings: [String] = []
    ) -> Node {
        let endpoints = Self.commandNodes.map(folder.publishEndpoint(of:)).joined(separator: ",")
        let conninfo = roles.contains(.command) ? database.appConninfo : database.readerConninfo
        let node = Node(
            name: name, roles: roles, in: folder,
            settings: ["--postgres-url", conninfo] + (follows ? ["--subscribe-endpoints", endpoints] : [])
                + settings)
        started.withLock { $0.append(node) }
        return node
    }

    /// A payment provider that is not started yet, with a ledger of its own.
    func paymentSimulator() throws -> PaymentsSimulator {
        let simulator = PaymentsSimulator(in: folder.url)
        try simulator.writeSecrets()
        simulators.withLock { $0.append(simulator) }
        return simulator
    }

    /// A place for a socket that is no node's.
    func endpoint(_ name: String) -> String { folder.publishEndpoint(of: name) }

    /// Starts nodes side by side and waits until all are ready.
    func start(_ nodes: Node...) async throws {
        try await withThrowingTaskGroup { tasks in
            for node in nodes { tasks.addTask { try await node.startReady() } }
            try await tasks.waitForAll()
        }
    }

    /// The log itself, as the application may use it.
    func log() -> PostgresEventLog { PostgresEventLog(conninfo: database.appConninfo, logger: .test) }

    func user(_ name: String = "user-\(String.random.prefix(8))", at node: Node) async throws -> Caller {
        Caller(node: node, token: try await tokens.user(name))
    }

    func admin(at node: Node) async throws -> Caller { Caller(node: node, token: try await tokens.admin()) }

    /// Creates a show and returns its id.
    func create(_ show: SampleShow = SampleShow(), at node: Node) async throws -> String {
        let answer = try await admin(at: node).post("/api/v1/shows", bytes: show.body)
        try #require(answer.status == 201, "\(answer)")
        return try #require(answer.json["showId"]?.text)
    }

    func noteFailure() { hasFailed.withLock { $0 = true } }

    private func end() async throws {
        let nodes = started.withLock { $0 }
        for node in nodes where node.isRunning {
            node.signal(SIGCONT)
            try await node.kill()
        }
        for simulator in simulators.withLock({ $0 }) { try await simulator.end(SIGKILL) }
        guard hasFailed.withLock({ $0 }) else { return }
        let kept = FileManager.default.temporaryDirectory.appending(path: "\(folder.url.lastPathComponent)-failed")
        try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
        for node in nodes { try Data(node.log.utf8).write(to: kept.appending(path: "\(node.name).log")) }
        for simulator in simulators.withLock({ $0 }) { try simulator.keepFiles(in: kept) }
        print("What the nodes logged is kept in \(kept.path)")
    }
}

extension Cluster {
    /// Bytes of all that is recorded about commands on a show.
    func recordedBytes(on show: String) async throws -> Int64 {
        let statement = PostgresStatement(
            once: "SELECT coalesce(sum(octet_length(outcome)), 0)::bigint FROM holdfast.commands WHERE stream = $1")
        return try await database.admin().query(statement, PostgresParameters(show)).int64(0, 0)
    }
}
