import Domain
import HTTPServer
import WebAPI

/// One of a category's ticket types.
struct TicketTypeBody: Decodable {
    var name: DisplayText
    var price: Int64
    var fee: Int64?
    var tax: Int64?
    var minPerOrder: Int?
    var maxPerOrder: Int?

    var type: TicketType {
        TicketType(
            name: name.text, price: price, fee: fee ?? 0, tax: tax ?? 0, minPerOrder: minPerOrder ?? 1,
            maxPerOrder: maxPerOrder)
    }
}

/// A time zone that this machine knows the rules of.
struct TimeZoneBody: Decodable {
    var name: String

    init(from decoder: any Decoder) throws {
        name = try decoder.singleValueContainer().decode(String.self)
        guard TimeZoneRules.areKnown(of: name) else {
            throw InvalidValue.error(
                "must be a name of the IANA time zone database, such as Europe/Berlin", at: decoder)
        }
    }
}
