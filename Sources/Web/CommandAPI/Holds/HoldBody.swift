import Domain
import HTTPServer
import Identity
import WebAPI

/// `POST /shows/{id}/holds`: places by name, or a number of the best ones.
struct HoldBody: Decodable {
    var seats: [String]?
    var areas: [String: Int]?
    var quantity: Int?
    var category: String?
    var zone: String?
    var rows: [String]?
    var accessible: Bool?
    var ticketTypes: TicketTypeWish?

    /// Areas that one request may name; a show has no more.
    private static let areasMax = 100
    /// Rows that one request may name.
    private static let rowsMax = 100
    /// Bytes of a zone's or a row's name, which a rejection may have to record.
    static let nameBytesMax = 1_024

    func command(
        on show: ShowID, _ identity: CommandIdentity, _ admission: Admission? = nil
    ) throws(Problem) -> ShowCommand {
        .placeHold(
            PlaceHold(
                holdID: HoldID(on: show, placedBy: identity.commandID), userID: identity.principal.userID,
                selection: try selection(), ticketTypes: try typeChoice(), channels: identity.principal.channels,
                admission: admission))
    }

    private func typeChoice() throws(Problem) -> TicketTypeChoice {
        guard let ticketTypes else { return .usual }
        if let quantity { return try ticketTypes.counted(of: quantity) }
        return try ticketTypes.named { areas?[$0] != nil }
    }

    func selection() throws(Problem) -> PlaceHold.Selection {
        if let quantity {
            guard seats == nil, areas == nil else {
                throw .invalid("Ask for a quantity, or for seats and areas; not for both.")
            }
            return .best(try best(quantity))
        }
        guard seats != nil || areas != nil else { throw .invalid("Ask for seats, areas or a quantity.") }
        for (name, isThere) in [
            ("category", category != nil), ("zone", zone != nil), ("rows", rows != nil),
            ("accessible", accessible != nil),
        ] where isThere { throw .invalid("\(name) goes with a quantity.") }
        let (seats, areas) = try Self.named(seats: seats ?? [], areas: areas ?? [:])
        return .named(seats: seats, areas: areas)
    }

    /// Places by name, as far as a request alone can tell that there are such.
    static func named(
        seats: [String], areas: [String: Int]
    ) throws(Problem) -> (seats: [String], areas: [AreaQuantity]) {
        guard areas.count <= areasMax else { throw .invalid("At most \(areasMax) areas.") }
        var quantities: [AreaQuantity] = []
        for (name, quantity) in areas.sorted(by: { $0.key < $1.key }) {
            guard let id = AreaID(checking: name) else { throw .invalidName(.unknownArea, "an area") }
            guard quantity > 0 else { throw .invalid("areas.\(name) must be at least 1.") }
            quantities.append(AreaQuantity(areaID: id, quantity: quantity))
        }
        guard seats.allSatisfy(SeatingPlan.Seat.isGuid) else { throw .invalidName(.unknownSeat, "a seat") }
        return (seats, quantities)
    }

    private func best(_ quantity: Int) throws(Problem) -> PlaceHold.BestPlaces {
        guard quantity >= 0 else { throw .invalid("quantity must not be negative.") }
        guard category.map({ DisplayText($0) != nil }) ?? true else {
            throw .invalidName(.unknownCategory, "a category")
        }
        guard zone.map({ $0.utf8.count <= Self.nameBytesMax }) ?? true else {
            throw .invalidName(.unknownZone, "a zone")
        }
        if let rows {
            guard (1...Self.rowsMax).contains(rows.count) else {
                throw .invalid("rows must name 1 to \(Self.rowsMax), or be left out.")
            }
            guard rows.allSatisfy({ $0.utf8.count <= Self.nameBytesMax }) else {
                throw .invalidName(.unknownRow, "a row")
            }
        }
        return PlaceHold.BestPlaces(
            quantity: quantity, category: category, zone: zone, rows: rows, isAccessible: accessible ?? false)
    }
}

extension Problem {
    /// A body of the right shape that can't be meant.
    static func invalid(_ detail: String) -> Problem {
        Problem(.invalidRequest, detail: detail)
    }

    /// Rejected before recording: rejections store the name, so it must be short and printable.
    static func invalidName(_ code: Code, _ what: String) -> Problem {
        Problem(code, detail: "That can't be the name of \(what).")
    }
}
