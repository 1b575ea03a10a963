import Foundation

/// Passwords that guessers try first: those of at least eight characters among the 20,000 most frequent of leaked ones, as
/// Royce Williams collected them.
public struct CommonPasswords: Sendable {
    private let passwords: Set<String>

    /// Reads the list that comes with the program.
    ///
    /// - Throws: where it can't be read: an installation that lacks a file of its own should not start.
    public init() throws {
        guard let url = Bundle.module.url(forResource: "common-passwords", withExtension: "txt") else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "common-passwords.txt"])
        }
        let text = try String(contentsOf: url, encoding: .utf8)
        passwords = Set(text.split(separator: "\n").map(String.init))
    }

    init(_ passwords: Set<String>) { self.passwords = passwords }

    /// Whether the list has the password, in whatever case.
    func contains(_ password: String) -> Bool { passwords.contains(password.lowercased()) }
}
