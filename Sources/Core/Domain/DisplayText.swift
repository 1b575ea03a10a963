/// Text for people, such as a show's name: 1 to ``lengthMax`` characters, one line, not blank.
///
/// No control characters, and none of the invisible ones that reorder or hide what stands around them: a name must not
/// be able to make the rest of a page read differently (https://www.unicode.org/reports/tr36/).
public struct DisplayText: Equatable, Sendable {
    public static let lengthMax = 200
    /// The rules above, to follow the name of what breaks them.
    public static let rule = "must be one line of 1 to \(lengthMax) characters, without invisible ones"

    public let text: String

    /// Nil where the rules above are broken.
    public init?(_ text: String) {
        // A character may be any number of scalars; a name need not be four times as long as its letters.
        guard text.utf8.count <= 4 * Self.lengthMax, (1...Self.lengthMax).contains(text.count),
            !text.allSatisfy(\.isWhitespace), text.unicodeScalars.allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = text
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        // Joiners are part of how Persian, Hindi and emoji are written.
        case .format: scalar.value == 0x200C || scalar.value == 0x200D
        default: true
        }
    }
}
