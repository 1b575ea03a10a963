import Failpoints
import Foundation
import Subprocess
import Synchronization
import TestSupport

/// One `holdfast serve` of a cluster. It can be stopped, killed and started again, on the same port and folder.
final class Node: Sendable {
    enum Role: String { case command, query, payments }

    let name: String
    let roles: [Role]
    private let reservedPort = ReservedPort()
    private let reservedOperationsPort = ReservedPort()
    var port: Int { reservedPort.number }
    /// Where its operators look.
    var operationsPort: Int { reservedOperationsPort.number }
    /// Where it publishes, if it is a command node.
    let publishEndpoint: String?
    private let arguments: [String]
    private let logFile: URL
    let dataFolder: URL
    private let process = Mutex<NodeProcess?>(nil)

    /// - Parameter settings: flags beyond those that every node needs.
    init(name: String, roles: [Role], in cluster: ClusterFolder, settings: [String]) {
        self.name = name
        self.roles = roles
        dataFolder = cluster.url.appending(path: name)
        logFile = cluster.url.appending(path: "\(name).log")
        publishEndpoint = roles.contains(.command) ? cluster.publishEndpoint(of: name) : nil
        arguments =
            [
                "serve", "--roles", roles.map(\.rawValue).joined(separator: ","), "--http-port",
                "\(reservedPort.number)", "--operations-port", "\(reservedOperationsPort.number)",
                "--data", dataFolder.path, "--jwt-jwks", cluster.url.path + "/keys/jwks.json", "--log-format", "text",
            ] + (publishEndpoint.map { ["--publish-endpoint", $0] } ?? []) + settings
    }

    /// Starts the process and waits until it answers at all.
    ///
    /// - Parameters:
    ///   - failpoint: where it dies; nil: nowhere.
    ///   - pass: when that place is passed for the so manieth time.
    func start(dyingAt failpoint: Failpoint? = nil, pass: Int = 1) async throws {
        try FileManager.default.createDirectory(at: dataFolder, withIntermediateDirectories: true)
        let process = try await NodeProcess.start(
            Executable.path, arguments,
            environment: failpoint.map { ["HOLDFAST_FAILPOINT": "\($0.rawValue):\(pass)"] } ?? [:], logFile: logFile)
        self.process.withLock { $0 = process }
        try await eventually("\(name) answers") {
            // One that is to die may have done so before anybody saw it alive.
            if failpoint != nil, !process.isThere { return true }
            return await answers("/health/live", 200)
        }
    }

    /// Starts the process and waits until it is ready.
    func startReady() async throws {
        try await start()
        try await ready()
    }

    func ready() async throws { try await eventually("\(name) is ready") { await answers("/health/ready", 200) } }

    /// Asks it to end (SIGTERM), and returns its exit status.
    func stop() async throws -> Int { try await end(SIGTERM) }

    /// Ends it at once, as a crash would.
    func kill() async throws { _ = try await end(SIGKILL) }

    /// Sends a signal and does not wait for what comes of it.
    func signal(_ signal: CInt) { process.withLock { $0 }?.signal(signal) }

    /// Waits until it has died by itself, and says how: 128 and the signal.
    ///
    /// - Parameter place: where it should die, for the report if it does not.
    func death(at place: String) async throws -> Int {
        try await eventually("\(name) dies at \(place)", within: .seconds(60)) {
            process.withLock { $0?.isThere != true }
        }
        return try await exitStatus()
    }

    /// Waits for the end of a process that was told to end.
    func exitStatus() async throws -> Int {
        guard let process = process.withLock({ $0 }) else { return 0 }
        let status = try await process.end()
        self.process.withLock { $0 = nil }
        return status
    }

    var isRunning: Bool { process.withLock { $0 } != nil }

    /// What it has written to its log so far; nothing before its first start.
    var log: String {
        get throws {
            FileManager.default.fileExists(atPath: logFile.path) ? try String(contentsOf: logFile, encoding: .utf8) : ""
        }
    }

    /// The value of a metric, by its name and labels; 0: it is not there yet.
    func metric(_ name: String) async throws -> Double {
        let lines = try await Caller(node: self).asOperator.get("/metrics").text.split(separator: "\n")
        return lines.first { $0.hasPrefix("\(name) ") }.flatMap { Double($0.dropFirst(name.count + 1)) } ?? 0
    }

    private func end(_ signal: CInt) async throws -> Int {
        self.signal(signal)
        return try await exitStatus()
    }

    private func answers(_ path: String, _ status: Int) async -> Bool {
        do {
            return try await Caller(node: self).get(path, within: .seconds(2)).status == status
        } catch {
            return false  // Not there yet.
        }
    }
}

/// Where a cluster's nodes have their data, logs and sockets.
struct ClusterFolder: Sendable {
    var url: URL
    func publishEndpoint(of node: String) -> String { "ipc://\(url.path)/\(node).ipc" }
}
