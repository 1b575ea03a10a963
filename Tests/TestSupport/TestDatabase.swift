public import Logging
public import Postgres
internal import Foundation

/// A database of its own for one test, migrated to the current schema, on the private cluster that `tools/test` starts.
public struct TestDatabase: Sendable {
    /// libpq connection string of a superuser.
    public let adminConninfo: String

    public init(adminConninfo: String) { self.adminConninfo = adminConninfo }

    /// libpq connection string of the role that command nodes have. (The last of two equal keys counts.)
    public var appConninfo: String { adminConninfo + " user=holdfast_appender" }

    /// The same of query nodes.
    public var readerConninfo: String { adminConninfo + " user=holdfast_reader" }

    /// A superuser's connection to it.
    public func admin() -> PostgresClient { Self.client(adminConninfo) }

    /// A connection to it as the role of command nodes.
    public func app() -> PostgresClient { Self.client(appConninfo) }

    /// The same as the nodes' role of earlier versions, which need not be able to log in any more.
    public func earlierApp() -> PostgresClient { Self.client(adminConninfo + " options='-c role=holdfast_app'") }

    /// The same as that of query nodes.
    public func reader() -> PostgresClient { Self.client(readerConninfo) }

    /// The tests run side by side, each with some connections, and the server has only so many. Not to be nested.
    private static let turnstile = Turnstile(places: 6)

    /// Makes a database for the length of `body`. Throws where there is no server: a test that needs one and has none
    /// has failed.
    public static func with<R>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        guard let server = ProcessInfo.processInfo.environment["HOLDFAST_TEST_POSTGRES"] else {
            throw ServerMissing()
        }
        return try await with(server: server, body)
    }

    /// The same on the cluster whose superuser's connection string is `server`.
    public static func with<R>(server: String, _ body: (TestDatabase) async throws -> R) async throws -> R {
        await turnstile.enter()
        do {
            let result = try await withoutWaiting(server: server, body)
            await turnstile.leave()
            return result
        } catch {
            await turnstile.leave()
            throw error
        }
    }

    private static func withoutWaiting<R>(
        server: String, _ body: (TestDatabase) async throws -> R
    ) async throws -> R {
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        let control = client(server)
        try await control.script("CREATE DATABASE \(name)")
        let database = TestDatabase(adminConninfo: "\(server) dbname=\(name)")
        do {
            try await Project.run("tools/migrate", database.adminConninfo)
            let result = try await body(database)
            try await control.script("DROP DATABASE \(name) WITH (FORCE)")
            return result
        } catch {
            try await control.script("DROP DATABASE \(name) WITH (FORCE)")
            throw error
        }
    }

    private static func client(_ conninfo: String) -> PostgresClient {
        PostgresClient(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "holdfast-test", statementTimeout: .seconds(30)),
            logger: .test)
    }
}

public struct ServerMissing: Error, CustomStringConvertible {
    public var description: String {
        "HOLDFAST_TEST_POSTGRES is not set: run the tests by tools/test, which starts a private PostgreSQL"
    }
}

extension Logger {
    /// Only what is worse than the failures that tests bring about.
    public static var test: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .error
        return logger
    }
}
