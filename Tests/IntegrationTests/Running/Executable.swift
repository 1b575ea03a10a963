import Foundation
import Subprocess
import SystemPackage
import TestSupport

/// The built `holdfast`, and `replay` beside it. Tests never build them: `swift test` holds the build's lock.
enum Executable {
    static let path = path(of: "holdfast")

    /// Runs one of the short commands of `holdfast` and returns what it printed.
    @discardableResult
    static func run(_ arguments: String...) async throws -> String { try await run("holdfast", arguments) }

    /// The same, with as many arguments as there are.
    @discardableResult
    static func holdfast(_ arguments: [String]) async throws -> String { try await run("holdfast", arguments) }

    /// Runs the replay tool and returns what it printed.
    @discardableResult
    static func replay(_ arguments: [String]) async throws -> String { try await run("replay", arguments) }

    static func path(of name: String) -> String {
        if let folder = ProcessInfo.processInfo.environment["HOLDFAST_BIN"] { return "\(folder)/\(name)" }
        return Project.root.appending(path: ".build/debug/\(name)").path
    }

    private static func run(_ name: String, _ arguments: [String]) async throws -> String {
        let result = try await Subprocess.run(
            .path(FilePath(path(of: name))), arguments: Arguments(arguments), output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        guard case .exited(0) = result.terminationStatus else {
            throw ToolFailure(
                tool: "\(name) \(arguments.first ?? "")", status: "\(result.terminationStatus)",
                output: result.standardOutput + result.standardError)
        }
        return result.standardOutput.trimmingCharacters(in: .newlines)
    }
}
