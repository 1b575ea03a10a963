/// What somebody looks for, in words: all of them must be there, the last one may go on.
public struct SearchWords: Equatable, Sendable {
    /// One word, or several that are written as one.
    struct Term: Equatable, Sendable {
        var parts: [String]
        var joined: String?
        /// A word that begins with its last part is as good.
        var isPrefix: Bool
    }

    var terms: [Term]

    /// Words beyond these do not narrow the search any more.
    private static let termsMax = 16
    /// Words that are looked up for typing errors.
    private static let mendedMax = 8

    /// - Parameter isTyping: whether the last word may go on.
    public init(_ text: String, isTyping: Bool = true) {
        let chunks = SearchText.chunks(text)
        terms = chunks.prefix(Self.termsMax).enumerated().map { index, chunk in
            // Of a script without spaces every two characters are a word; only one alone is a beginning.
            let isAlone = chunk.parts.count == 1 && chunk.parts[0] == chunk.lastCharacter
            let mayGoOn = chunk.isSpaceless ? isAlone : isTyping && index == chunks.count - 1
            return Term(parts: chunk.parts, joined: chunk.joined, isPrefix: mayGoOn)
        }
    }

    /// Nothing in the text is a word: nothing is found.
    public var isEmpty: Bool { terms.isEmpty }

    /// The words that may have typing errors.
    public var uncertain: [String] {
        Array(terms.flatMap(\.parts).filter { SearchText.errorsMax($0) > 0 }.prefix(Self.mendedMax))
    }

    /// Words that an uncertain one may stand for, with the number of typing errors that lie between.
    public typealias Alternatives = [String: [(word: String, errors: Int)]]

    /// Those of `candidates` that each uncertain word may stand for; none for a word that there is.
    public static func alternatives(_ candidates: [(uncertain: String, word: String)]) -> Alternatives {
        var result: Alternatives = [:]
        let known = Set(candidates.filter { $0.uncertain == $0.word }.map(\.word))
        for (uncertain, word) in candidates where !known.contains(uncertain) {
            guard let errors = SearchText.distance(uncertain, word, max: SearchText.errorsMax(uncertain)) else {
                continue
            }
            result[uncertain, default: []].append((word, errors))
        }
        return result
    }

    /// The search as a `tsquery`.
    ///
    /// - Parameters:
    ///   - alternatives: taken as well.
    ///   - errorsMax: of the alternatives that are.
    ///   - weights: of the places where the words must stand, such as "A"; empty: anywhere.
    public func query(_ alternatives: Alternatives = [:], errorsMax: Int = .max, in weights: String = "") -> String {
        terms.map { Self.query($0, alternatives, errorsMax, weights) }.joined(separator: " & ")
    }

    /// Each word of the search by itself, as a `tsquery`.
    public var termQueries: [String] { terms.map { Self.query($0, [:], 0, "") } }

    private static func query(
        _ term: Term, _ alternatives: Alternatives, _ errorsMax: Int, _ weights: String
    ) -> String {
        let parts = term.parts.enumerated().map { index, part in
            let isOpen = term.isPrefix && index == term.parts.count - 1
            let others = (alternatives[part] ?? []).filter { $0.errors <= errorsMax }.map(\.word)
            let all = [lexeme(part, weights, isOpen)] + others.map { lexeme($0, weights, false) }
            return all.count == 1 ? all[0] : "(\(all.joined(separator: " | ")))"
        }
        let together = parts.joined(separator: " & ")
        guard let joined = term.joined else { return "(\(together))" }
        return "((\(together)) | \(lexeme(joined, weights, term.isPrefix)))"
    }

    /// A word has letters, numbers and marks only: nothing that a quoted lexeme would have to escape.
    private static func lexeme(_ word: String, _ weights: String, _ isOpen: Bool) -> String {
        let label = (isOpen ? "*" : "") + weights
        return "'\(word)'" + (label.isEmpty ? "" : ":\(label)")
    }
}
