public import Domain
public import Text

extension JSONWriter {
    /// Members, not an object: one way of a ticket through the door.
    public mutating func members(_ pass: DoorPass) {
        member("direction", pass.direction.rawValue)
        member("scannedAt", pass.at)
        if !pass.gate.isEmpty { member("gate", pass.gate) }
    }

    /// Members, not an object: where a ticket's place is.
    public mutating func members(_ place: TicketPlace) {
        if let seat = place.seat { member("seat", seat) }
        if let area = place.area { member("area", area) }
        if !place.seatNumber.isEmpty { member("seatNumber", place.seatNumber) }
        if !place.row.isEmpty { member("row", place.row) }
        if !place.block.isEmpty { member("block", place.block) }
        if !place.category.isEmpty { member("category", place.category) }
        if !place.ticketType.isEmpty { member("ticketType", place.ticketType) }
    }
}
