import Availability
import Contract
import Domain
import SwiftProtobuf
import Synchronization

/// Where the places of a show are, in the words of its plan.
struct PlaceIndex: Sendable {
    private var places: [String: TicketPlace] = [:]
    private var areas: [AreaID: TicketPlace] = [:]

    init(payload: [UInt8], areas: [Area]) throws {
        if !payload.isEmpty {
            let plan = try SeatingPlan(Holdfast_V1_SeatingPlan(serializedBytes: payload))
            places.reserveCapacity(plan.seatCount)
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

    func place(of ticket: OrderRecord.Ticket) -> TicketPlace {
        if let seat = ticket.seat { return places[seat] ?? TicketPlace(seat: seat) }
        return ticket.area.flatMap { areas[$0] } ?? TicketPlace(area: ticket.area)
    }
}

/// The latest that were asked for: one is costly to make, and a door asks every few seconds.
final class PlaceIndexes: Sendable {
    /// An index has about 200 bytes a seat.
    private static let countMax = 16
    private let known = Mutex<[ShowID: (payload: [UInt8], index: PlaceIndex)]>([:])

    func index(of show: ShowID, payload: [UInt8], areas: [Area]) throws -> PlaceIndex {
        if let known = known.withLock({ $0[show] }), known.payload == payload { return known.index }
        let index = try PlaceIndex(payload: payload, areas: areas)
        known.withLock {
            if $0.count >= Self.countMax { $0.removeAll() }
            $0[show] = (payload, index)
        }
        return index
    }
}
