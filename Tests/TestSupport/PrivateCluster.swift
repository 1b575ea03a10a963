public import Foundation

/// A PostgreSQL cluster of one test's own, for tests that kill the server.
public struct PrivateCluster: Sendable {
    public let folder: URL
    /// libpq connection string of a superuser. Stays the same over restarts.
    public let conninfo: String

    /// Starts a cluster for the length of `body`, and removes it.
    public static func with<R>(_ body: (PrivateCluster) async throws -> R) async throws -> R {
        try await withTemporaryFolder { folder in
            let conninfo = try await start(folder)
            do {
                let result = try await body(PrivateCluster(folder: folder, conninfo: conninfo))
                try await Project.run("tools/postgres", "remove", folder.path)
                return result
            } catch {
                try await Project.run("tools/postgres", "remove", folder.path)
                throw error
            }
        }
    }

    /// Ends the server at once, as a crash would.
    public func crash() async throws { try await Project.run("tools/postgres", "stop", folder.path, "immediate") }

    public func start() async throws { _ = try await Self.start(folder) }

    private static func start(_ folder: URL) async throws -> String {
        let output = try await Project.run("tools/postgres", "start", folder.path)
        return output.split(separator: "\n").last.map(String.init) ?? ""
    }
}
