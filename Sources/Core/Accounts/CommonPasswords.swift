import Foundation

/// Passwords that guessers try first: those of at least eight characters among the 20,000 most frequent of leaked ones, as
/// Royce Williams collected them; and words of the instance's own, alone or with digits and signs around them.
public struct CommonPasswords: Sendable {
    /// Words that any instance's users think of first.
    static let ownWords: Set<String> = ["account", "holdfast", "password", "seats", "ticket", "tickets", "welcome"]

    private let passwords: Set<String>
    private let words: Set<String>

    /// Reads the list that comes with the program.
    ///
    /// - Parameter shop: the address of the shop's pages, whose words are refused too.
    /// - Throws: where it can't be read: an installation that lacks a file of its own should not start.
    public init(shop: String = "") throws {
        guard let url = Bundle.module.url(forResource: "common-passwords", withExtension: "txt") else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "common-passwords.txt"])
        }
        let text = try String(contentsOf: url, encoding: .utf8)
        self.init(Set(text.split(separator: "\n").map(String.init)), shop: shop)
    }

    init(_ passwords: Set<String>, shop: String = "") {
        self.passwords = passwords
        words = Self.ownWords.union(shop.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
    }

    /// Whether it is one of them, in whatever case.
    func contains(_ password: String) -> Bool {
        let lower = password.lowercased()
        let word = lower.drop { !$0.isLetter }.reversed().drop { !$0.isLetter }.reversed()
        return passwords.contains(lower) || words.contains(String(word))
    }
}
