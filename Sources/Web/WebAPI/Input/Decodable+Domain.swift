public import Domain

extension Identifier: Decodable {
    /// A string of 1 to ``lengthMax`` visible ASCII characters.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let identifier = Self(checking: text) else {
            throw InvalidValue.error("must be 1 to \(Self.lengthMax) visible ASCII characters", at: decoder)
        }
        self = identifier
    }
}

extension Timestamp: Decodable {
    /// A string that ``init(rfc3339:)`` can read.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = Timestamp(rfc3339: text) else {
            throw InvalidValue.error("must be an RFC 3339 time such as 2026-07-01T19:30:00Z", at: decoder)
        }
        self = time
    }
}

/// Text for people, such as a show's name: 1 to ``lengthMax`` characters, one line, not blank.
///
/// No control characters, and none of the invisible ones that reorder or hide what stands around them: a name must not
/// be able to make the rest of a page read differently (https://www.unicode.org/reports/tr36/).
public struct DisplayText: Decodable, Equatable, Sendable {
    public static let lengthMax = 200

    public let text: String

    /// Nil where the rules above are broken.
    public init?(_ text: String) {
        // A character may be any number of scalars; a name need not be four times as long as its letters.
        guard text.utf8.count <= 4 * Self.lengthMax, (1...Self.lengthMax).contains(text.count),
            !text.allSatisfy(\.isWhitespace), text.unicodeScalars.allSatisfy(Self.isAllowed)
        else { return nil }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let valid = DisplayText(text) else {
            throw InvalidValue.error(
                "must be one line of 1 to \(Self.lengthMax) characters, without invisible ones", at: decoder)
        }
        self = valid
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
