import Foundation
import Subprocess
import SystemPackage
import TestSupport

/// The built `holdfast`. Tests never build it: `swift test` holds the build's lock.
enum Executable {
    static let path: String = {
        if let folder = ProcessInfo.processInfo.environment["HOLDFAST_BIN"] { return folder + "/holdfast" }
        return Project.root.appending(path: ".build/debug/holdfast").path
    }()

    /// Runs one of its short commands and returns what it printed.
    @discardableResult
    static func run(_ arguments: String...) async throws -> String {
        let result = try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(arguments), output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        guard case .exited(0) = result.terminationStatus else {
            throw ToolFailure(
                tool: "holdfast \(arguments.first ?? "")", status: "\(result.terminationStatus)",
                output: result.standardError)
        }
        return result.standardOutput.trimmingCharacters(in: .newlines)
    }
}
