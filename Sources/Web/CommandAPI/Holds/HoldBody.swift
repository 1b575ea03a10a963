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
    var ticketTypes: TicketTypeWish?

    /// Areas that one request may name; a show has no more.
    private static let areasMax = 100

    func command(on show: ShowID, _ identity: CommandIdentity) throws(Problem) -> ShowCommand {
        .placeHold(
            PlaceHold(
                holdID: HoldID(on: show, placedBy: identity.commandID), userID: identity.principal.userID,
                selection: try selection(), ticketTypes: try typeChoice(), channels: identity.principal.channels))
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
            guard quantity >= 0 else { throw .invalid("quantity must not be negative.") }
            guard category.map({ DisplayText($0) != nil }) ?? true else {
                throw .invalidName(.unknownCategory, "a category")
            }
            return .best(quantity: quantity, category: category)
        }
        guard seats != nil || areas != nil else { throw .invalid("Ask for seats, areas or a quantity.") }
        guard category == nil else { throw .invalid("A category goes with a quantity.") }
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
        guard seats.allSatisfy({ Identifier<Self>(checking: $0) != nil }) else {
            throw .invalidName(.unknownSeat, "a seat")
        }
        return (seats, quantities)
    }
}

extension Problem {
    /// A body of the right shape that can't be meant.
    static func invalid(_ detail: String) -> Problem {
        Problem(.invalidRequest, detail: detail)
    }

    /// Rejected before recording: rejections store the name, so it must be short and printable.
    fileprivate static func invalidName(_ code: Code, _ what: String) -> Problem {
        Problem(code, detail: "That can't be the name of \(what).")
    }
}
