import Text

extension Timestamp {
    /// The times that RFC 3339 can express: the years 1 to 9999.
    public static let rfc3339Range =
        Timestamp(microseconds: RFC3339.range.lowerBound)...Timestamp(microseconds: RFC3339.range.upperBound)

    /// For example `2026-07-01T19:30:00.000Z`; see ``RFC3339/text(_:)``.
    public var rfc3339: String { RFC3339.text(microseconds) }

    /// Reads an RFC 3339 date and time with its offset; nil for anything else, see ``RFC3339/microseconds(_:)``.
    public init?(rfc3339 text: some StringProtocol) {
        guard let microseconds = RFC3339.microseconds(text) else { return nil }
        self.init(microseconds: microseconds)
    }
}
