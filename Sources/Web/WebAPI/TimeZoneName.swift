import Domain
import Foundation
import HTTPServer

/// The IANA name of a time zone that there is.
public struct TimeZoneName: Equatable, Sendable, Decodable {
    public let text: String

    /// Nil unless the time zone database has a zone of this name. Other names that programs know ("CET+1", "GMT-3") are
    /// no zones of a place.
    public init?(_ text: String) {
        guard Venue.isTimeZoneName(text), text == "UTC" || text.utf8.contains(UInt8(ascii: "/")),
            TimeZone(identifier: text) != nil
        else { return nil }
        self.text = text
    }

    /// A string that ``init(_:)`` accepts.
    public init(from decoder: any Decoder) throws {
        guard let name = Self(try decoder.singleValueContainer().decode(String.self)) else {
            throw InvalidValue.error(Venue.timeZoneRule, at: decoder)
        }
        self = name
    }
}
