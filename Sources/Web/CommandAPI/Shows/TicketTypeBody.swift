import Domain
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
