public import Domain
import HTTPServer

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

extension OrphanRule: Decodable {
    /// The name of a rule.
    public init(from decoder: any Decoder) throws {
        guard let rule = OrphanRule(rawValue: try decoder.singleValueContainer().decode(String.self)) else {
            let names = OrphanRule.allCases.map(\.rawValue).joined(separator: ", ")
            throw InvalidValue.error("must be one of \(names)", at: decoder)
        }
        self = rule
    }
}

extension DisplayText: Decodable {
    /// A string that ``init(_:)`` accepts.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let valid = DisplayText(text) else {
            throw InvalidValue.error(Self.rule, at: decoder)
        }
        self = valid
    }
}

extension DoorPass.Direction: Decodable {
    /// `in` or `out`.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let direction = Self(rawValue: text) else { throw InvalidValue.error("must be in or out", at: decoder) }
        self = direction
    }
}
