/// Text for people, such as a show's name: 1 to ``lengthMax`` characters, one line, something to see.
///
/// A name must not be able to make the rest of a page read differently (https://www.unicode.org/reports/tr36/), and must
/// be writable in any script: see `isForPeople` and `balancesDirections` below.
public struct DisplayText: Equatable, Sendable {
    public static let lengthMax = 200
    /// The rules above, to follow the name of what breaks them.
    public static let rule =
        "must be one line of 1 to \(lengthMax) characters, without control characters or unclosed changes of direction"

    public let text: String

    /// Nil where the rules above are broken.
    public init?(_ text: String) {
        // A character may be any number of scalars; a name need not be four times as long as its letters.
        guard text.utf8.count <= 4 * Self.lengthMax, (1...Self.lengthMax).contains(text.count), text.isShowable
        else { return nil }
        self.text = text
    }
}

extension StringProtocol {
    /// One line that can be shown to people: of characters for people, one of them visible, and without an effect on the
    /// direction of what stands around it.
    var isShowable: Bool {
        // Nearly all texts are plain ASCII.
        if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return utf8.contains { $0 != 0x20 } }
        return unicodeScalars.allSatisfy(\.isForPeople) && unicodeScalars.contains(where: \.isVisible)
            && balancesDirections
    }

    /// Every embedding, override and isolate that the text opens is closed in it, in order, and it closes no other: so
    /// that it can't reorder what follows it on a page, nor end an isolate that the page put it into
    /// (https://www.unicode.org/reports/tr9/, section 2).
    private var balancesDirections: Bool {
        /// What closes each that is open.
        var closers: [UInt32] = []
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x202A, 0x202B, 0x202D, 0x202E: closers.append(0x202C)
            case 0x2066...0x2068: closers.append(0x2069)
            case 0x202C, 0x2069: guard closers.popLast() == scalar.value else { return false }
            default: break
            }
        }
        return closers.isEmpty
    }
}

extension Unicode.Scalar {
    /// Whether text for people may have it.
    ///
    /// - Control characters and line and paragraph separators end or break a line.
    /// - A private character means something else on every machine, and what an unassigned one will do nobody knows. Places
    ///   that are reserved for pictographs are an exception: new emoji come every year.
    /// - Format characters belong to the writing of Hebrew, Arabic, Persian, Hindi, Thai and of emoji (marks of direction,
    ///   joiners, soft hyphens, tags), but for those that are no part of a text (https://www.unicode.org/reports/tr20/):
    ///   byte order marks, interlinear annotation, and what Unicode deprecates.
    fileprivate var isForPeople: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: false
        case .unassigned: (0x1F000...0x1FAFF).contains(value)
        case .format:
            switch value {
            case 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFB, 0xE0001: false
            default: true
            }
        default: true
        }
    }

    fileprivate var isVisible: Bool { !properties.isWhitespace && !properties.isDefaultIgnorableCodePoint }
}
