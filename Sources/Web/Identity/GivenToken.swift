import Foundation

/// The access token that an operator gives to a tool: in a file, or in the environment variable `HOLDFAST_TOKEN`. A command
/// line is seen by everybody on the machine.
public enum GivenToken {
    /// Nil: none is given.
    ///
    /// - Parameter file: nil: the environment counts.
    /// - Throws: ``KeyError`` where the file can't be read or is empty.
    public static func read(file: String?) throws -> String? {
        guard let file else { return ProcessInfo.processInfo.environment["HOLDFAST_TOKEN"] }
        guard let bytes = FileManager.default.contents(atPath: file) else { throw KeyError("\(file) can't be read.") }
        let token = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw KeyError("\(file) has no token.") }
        return token
    }
}
