public import Foundation
internal import Subprocess

/// The checkout that the tests were built from.
public enum Project {
    /// The folder of `Package.swift`.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Runs a program of `tools/` (or of `folder`, by default the checkout) and returns what it printed.
    @discardableResult
    public static func run(_ tool: String, _ arguments: String..., in folder: URL = root) async throws -> String {
        // By env, which takes the path as a plain string.
        let result = try await Subprocess.run(
            .name("env"), arguments: Arguments([folder.appending(path: tool).path] + arguments),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        guard case .exited(0) = result.terminationStatus else {
            throw ToolFailure(tool: tool, status: "\(result.terminationStatus)", output: result.standardError)
        }
        return result.standardOutput
    }
}

/// A program of the checkout failed; what it said.
public struct ToolFailure: Error, CustomStringConvertible {
    public var tool: String
    public var status: String
    public var output: String

    public init(tool: String, status: String, output: String) {
        self.tool = tool
        self.status = status
        self.output = output
    }

    public var description: String { "\(tool) \(status): \(output)" }
}

/// A new folder for the length of `body`, which PostgreSQL's system user may enter.
public func withTemporaryFolder<R>(_ body: (URL) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    do {
        let result = try await body(folder)
        try FileManager.default.removeItem(at: folder)
        return result
    } catch {
        try FileManager.default.removeItem(at: folder)
        throw error
    }
}
