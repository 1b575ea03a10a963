import Domain
import HTTPServer
import Identity
import WebAPI

/// `PATCH /holds/{id}`: places that come to the hold, and places that are dropped from it.
struct HoldChangeBody: Decodable {
    struct Places: Decodable {
        var seats: [String]?
        var areas: [String: Int]?

        func named() throws(Problem) -> (seats: [String], areas: [AreaQuantity]) {
            try HoldBody.named(seats: seats ?? [], areas: areas ?? [:])
        }
    }

    var add: Places?
    var drop: Places?
    var ticketTypes: TicketTypeWish?

    func command(
        _ hold: HoldID, by principal: Principal, _ admission: Admission? = nil
    ) throws(Problem) -> ShowCommand {
        guard add != nil || drop != nil || ticketTypes != nil else {
            throw .invalid("Say what to add, what to drop, or the ticketTypes.")
        }
        let (added, dropped) = (try add?.named(), try drop?.named())
        return .changeHold(
            ChangeHold(
                holdID: hold, userID: principal.userID, addedSeats: added?.seats ?? [], addedAreas: added?.areas ?? [],
                droppedSeats: dropped?.seats ?? [], droppedAreas: dropped?.areas ?? [],
                // The hold may have areas that the request does not name.
                ticketTypes: try ticketTypes?.named { _ in true } ?? .usual, channels: principal.channels,
                admission: admission))
    }
}
