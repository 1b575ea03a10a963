import Availability
import Contract
import Domain
import SwiftProtobuf
import Synchronization

/// Where the places of a show are, in the words of its plan.
struct PlaceIndex: Sendable {
    private var places: [String: TicketPlace] = [:]
    private var areas: [AreaID: TicketPlace] = [:]
    /// The `seat_guid`s in plan order.
    private(set) var guids: [String] = []

    init(payload: [UInt8], areas: [Area]) throws {
        if !payload.isEmpty {
            let plan = try SeatingPlan(Holdfast_V1_SeatingPlan(serializedBytes: payload))
            places.reserveCapacity(plan.seatCount)
            guids = plan.seats.map(\.guid)
            for zone in plan.zones {
                for row in zone.rows {
                    for seat in row.seats {
                        places[seat.guid] = TicketPlace(
                            seat: seat.guid, seatNumber: seat.number, row: row.number, block: zone.name,
                            category: plan.categories[seat.category].name)
                    }
                }
            }
        }
        for area in areas {
            self.areas[area.areaID] = TicketPlace(area: area.areaID, block: area.name, category: area.category)
        }
    }

    /// Where the ticket's place is, and what it was sold as.
    func place(of ticket: OrderRecord.Ticket) -> TicketPlace {
        var place =
            ticket.seat.map { places[$0] ?? TicketPlace(seat: $0) }
            ?? ticket.area.flatMap { areas[$0] } ?? TicketPlace(area: ticket.area)
        place.ticketType = ticket.fare?.ticketType ?? ""
        return place
    }
}

/// The latest that were asked for: one is costly to make, and a door asks every few seconds.
final class PlaceIndexes: Sendable {
    /// An index has about 200 bytes a seat.
    private static let countMax = 16
    private let known = Mutex<[ShowID: (payload: [UInt8], areas: [Area], index: PlaceIndex)]>([:])

    func index(of show: ShowID, payload: [UInt8], areas: [Area]) throws -> PlaceIndex {
        if let known = known.withLock({ $0[show] }), known.payload == payload, known.areas == areas {
            return known.index
        }
        let index = try PlaceIndex(payload: payload, areas: areas)
        known.withLock {
            if $0.count >= Self.countMax { $0.removeAll() }
            $0[show] = (payload, areas, index)
        }
        return index
    }
}
