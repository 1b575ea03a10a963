import Foundation

/// How texts are made comparable, so that who looks for "koln", "KÖLN" or "Ｋöln" finds Köln.
///
/// All of it is done here and none by PostgreSQL: the same text gives the same words on every server, whatever its locale
/// and rules, so a view stays a fold of the log that can be compared with another.
public enum SearchText {
    /// Longer words are cut off, in scalars.
    static let wordLengthMax = 64

    /// The text's letters, numbers and what separates them: without case, accents, widths and other forms.
    static func folded(_ text: String) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for scalar in text.decomposedStringWithCompatibilityMapping.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: continue
            default: break
            }
            // Lower case may bring marks of its own: İ.
            for lower in scalar.properties.lowercaseMapping.unicodeScalars
            where lower.properties.generalCategory != .nonspacingMark {
                switch lower.value {
                case 0x640: break  // Arabic tatweel: only lengthens
                case 0x30A1...0x30F6: append(lower.value - 0x60, to: &result)  // Katakana as hiragana
                default:
                    if let letters = letters[lower] { result += letters } else { result.append(lower) }
                }
            }
        }
        return result
    }

    private static func append(_ value: UInt32, to scalars: inout [Unicode.Scalar]) {
        if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
    }

    /// Letters that are no other letter with a mark, as they are written where they are missing.
    private static let letters: [Unicode.Scalar: [Unicode.Scalar]] = {
        let pairs: [(Unicode.Scalar, String)] = [
            ("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("ø", "o"), ("đ", "d"), ("ð", "d"), ("þ", "th"), ("ł", "l"),
            ("ħ", "h"), ("ı", "i"), ("ŋ", "n"), ("ŧ", "t"), ("ĸ", "k"), ("ɓ", "b"), ("ɗ", "d"), ("ƒ", "f"),
            ("ς", "σ"), ("ї", "і"), ("ґ", "г"), ("ى", "ي"), ("ک", "ك"), ("ی", "ي"),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0, Array($1.unicodeScalars)) })
    }()

    /// What two texts have in common that say the same: their words, one space between.
    public static func key(_ text: String) -> String {
        chunks(text).map { $0.parts.joined(separator: " ") }.joined(separator: " ")
    }

    /// ``key(_:)``, cut to an order's needs: at most 64 bytes.
    public static func sortKey(_ text: String) -> String {
        var key = ""
        for scalar in Self.key(text).unicodeScalars {
            guard key.utf8.count + UTF8.width(scalar) <= 64 else { break }
            key.unicodeScalars.append(scalar)
        }
        return key
    }

    /// The words that a text is found by.
    public static func words(_ text: String) -> [String] {
        var words: [String] = []
        for chunk in chunks(text) {
            words += chunk.parts
            if let joined = chunk.joined { words.append(joined) }
            if let last = chunk.lastCharacter { words.append(last) }
        }
        return words
    }

    /// What stands between two spaces, or a run of a script that has no spaces.
    struct Chunk: Equatable {
        /// "ac" and "dc" of "AC/DC"; of a script without spaces every two characters that follow each other.
        var parts: [String]
        /// "acdc"; nil: there is one part.
        var joined: String?
        /// Of a script without spaces.
        var lastCharacter: String?
        var isSpaceless: Bool { lastCharacter != nil }
    }

    /// Parts that are written as one word, too: more are a list.
    private static let joinedPartsMax = 4

    static func chunks(_ text: String) -> [Chunk] {
        var chunks: [Chunk] = []
        var parts: [String] = []
        var word: [Unicode.Scalar] = []
        var run: [Unicode.Scalar] = []

        func endWord() {
            if !word.isEmpty { parts.append(string(word.prefix(wordLengthMax))) }
            word.removeAll(keepingCapacity: true)
        }
        func endChunk() {
            endWord()
            if !parts.isEmpty {
                let joined = parts.joined()
                let isOneWord =
                    (2...joinedPartsMax).contains(parts.count) && joined.unicodeScalars.count <= wordLengthMax
                chunks.append(Chunk(parts: parts, joined: isOneWord ? joined : nil))
            }
            parts.removeAll(keepingCapacity: true)
        }
        func endRun() {
            guard let last = run.last else { return }
            let pairs = zip(run, run.dropFirst()).map { string([$0, $1]) }
            chunks.append(Chunk(parts: pairs.isEmpty ? [string([last])] : pairs, lastCharacter: string([last])))
            run.removeAll(keepingCapacity: true)
        }
        for scalar in folded(text) {
            if isSpaceless(scalar) {
                endChunk()
                run.append(scalar)
                continue
            }
            endRun()
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber, .spacingMark:
                word.append(scalar)
            default:
                if scalar.properties.isWhitespace { endChunk() } else { endWord() }
            }
        }
        endChunk()
        endRun()
        return chunks
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Of a script whose words are not separated: Han, kana, Thai, Lao, Khmer, Burmese.
    private static func isSpaceless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3005, 0x3007, 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF,
            0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF:
            true
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF:
            scalar.properties.isAlphabetic || scalar.properties.generalCategory == .spacingMark
        default: false
        }
    }

    // MARK: Typing errors

    /// The word in letters that every server makes trigrams of: a letter of another alphabet becomes one of a to z.
    /// Different words may have one key; which of them are near tells ``distance(_:_:max:)``.
    public static func trigramKey(_ word: String) -> String {
        String(
            decoding: word.unicodeScalars.map { scalar in
                scalar.isASCII ? UInt8(scalar.value) : UInt8(ascii: "a") + UInt8(scalar.value % 26)
            }, as: UTF8.self)
    }

    /// How many typing errors a word may have: none where it would be another word.
    public static func errorsMax(_ word: String) -> Int {
        let scalars = word.unicodeScalars
        // The year before is another year.
        if scalars.allSatisfy({ $0.properties.numericType != nil }) || scalars.contains(where: isSpaceless) { return 0 }
        return switch scalars.count {
        case ..<3: 0
        case 3...5: 1
        default: 2
        }
    }

    /// Letters that are missing, too many, others or swapped with a neighbour (optimal string alignment); nil: more than
    /// `max`.
    public static func distance(_ a: String, _ b: String, max: Int) -> Int? {
        let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
        guard abs(a.count - b.count) <= max else { return nil }
        var before: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in b.indices {
                var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
                row.append(best)
            }
            (before, last) = (last, row)
        }
        return last[b.count] <= max ? last[b.count] : nil
    }
}
