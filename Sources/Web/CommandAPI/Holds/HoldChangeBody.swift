import Domain
import HTTPServer
import Identity
import WebAPI

/// `PATCH /holds/{id}`: places that come to the hold, and places that are dropped from it.
struct HoldChangeBody: Decodable {
    struct Places: Decodable {
        var seats: [String]?
        var areas: [String: Int]?

        private enum CodingKeys: String, CodingKey, CaseIterable { case seats, areas }

        init(from decoder: any Decoder) throws {
            try decoder.refuseOthers(than: CodingKeys.allCases)
            let places = try decoder.container(keyedBy: CodingKeys.self)
            seats = try places.decodeIfPresent([String].self, forKey: .seats)
            areas = try places.decodeIfPresent([String: Int].self, forKey: .areas)
        }

        func named() throws(Problem) -> (seats: [String], areas: [AreaQuantity]) {
            try HoldBody.named(seats: seats ?? [], areas: areas ?? [:])
        }
    }

    var add: Places?
    var drop: Places?
    var ticketTypes: TicketTypeWish?

    private enum CodingKeys: String, CodingKey, CaseIterable { case add, drop, ticketTypes }

    init(from decoder: any Decoder) throws {
        try decoder.refuseOthers(than: CodingKeys.allCases)
        let body = try decoder.container(keyedBy: CodingKeys.self)
        add = try body.decodeIfPresent(Places.self, forKey: .add)
        drop = try body.decodeIfPresent(Places.self, forKey: .drop)
        ticketTypes = try body.decodeIfPresent(TicketTypeWish.self, forKey: .ticketTypes)
    }

    func command(_ hold: HoldID, by principal: Principal) throws(Problem) -> ShowCommand {
        guard add != nil || drop != nil || ticketTypes != nil else {
            throw .invalid("Say what to add, what to drop, or the ticketTypes.")
        }
        let (added, dropped) = (try add?.named(), try drop?.named())
        return .changeHold(
            ChangeHold(
                holdID: hold, userID: principal.userID, addedSeats: added?.seats ?? [], addedAreas: added?.areas ?? [],
                droppedSeats: dropped?.seats ?? [], droppedAreas: dropped?.areas ?? [],
                // The hold may have areas that the request does not name.
                ticketTypes: try ticketTypes?.named { _ in true } ?? .usual, channels: principal.channels))
    }
}
