import Contract
import Domain
import EventLog
import PostgresEventLog
import Testing

/// What the log says, added up by a reading of its own: the numbers that every view must agree with. Reading it checks
/// that the log is whole, and that no seat ever has two owners.
struct Ledger {
    struct Show: Equatable {
        /// The hold on each seat, in plan order.
        var seats: [HoldID?] = []
        /// The order whose ticket each seat has, in plan order.
        var sold: [OrderID?] = []
        /// The seats whose tickets are for resale.
        var listed: Set<Int> = []
        var guids: [String] = []
        var capacities: [AreaID: Int] = [:]
        /// Held and sold.
        var taken: [AreaID: Int] = [:]
        var soldUnits: [AreaID: Int] = [:]
        /// The sequence number of the last event that changed a place's status, or the show's.
        var version: Int64 = 0
        /// Its live holds.
        var holds: [HoldID: HoldPlaced] = [:]

        /// As `GET …/availability` has them.
        var statuses: String {
            let digits = seats.indices.map { seat in
                seats[seat] != nil ? "1" : sold[seat] == nil ? "0" : listed.contains(seat) ? "4" : "2"
            }
            return digits.joined()
        }
        var held: Int { seats.count { $0 != nil } + taken.values.reduce(0, +) - soldUnits.values.reduce(0, +) }

        func owner(of seat: String) -> UserID? {
            guids.firstIndex(of: seat).flatMap { seats[$0] }.flatMap { holds[$0]?.userID }
        }
    }

    struct Fault: Error, CustomStringConvertible {
        var position: Int64
        var description: String
    }

    private(set) var shows: [String: Show] = [:]
    /// The last sequence number.
    private(set) var head: Int64 = 0

    /// Reads the whole log. Throws a ``Fault`` at the first event that breaks a promise, or what ``LogCheck`` finds.
    init(reading log: PostgresEventLog) async throws {
        let end = try await log.hashedHead()
        var check = LogCheck(try await log.chainStart())
        while check.place.number < end.batch {
            let limit = Int(min(500, end.batch - check.place.number))
            for batch in try await log.batches(after: check.place, limit: limit) {
                try check.next(batch)
                for event in batch.events {
                    try take(event)
                    head = event.position
                }
            }
        }
        try check.end(at: end)
    }

    /// Every live hold of a user, by id.
    func holds(of user: String) -> Set<String> {
        Set(shows.values.flatMap(\.holds.values).filter { $0.userID.rawValue == user }.map(\.holdID.rawValue))
    }

    private mutating func take(_ recorded: RecordedEvent) throws {
        func fault(_ what: String) -> Fault { Fault(position: recorded.position, description: what) }
        // Venues have streams of their own, and no seats that anybody holds.
        guard recorded.stream.category == .show else { return }
        var show = shows[recorded.stream.rawValue, default: Show()]
        func take(_ area: AreaQuantity, _ what: String) throws {
            show.taken[area.areaID, default: 0] += area.quantity
            guard show.taken[area.areaID, default: 0] <= show.capacities[area.areaID, default: 0] else {
                throw fault("\(what) overbooks area \(area.areaID)")
            }
        }
        switch try recorded.event.decoded() {
        case .created(let created):
            guard show.version == 0 else { throw fault("a show is created twice") }
            show.guids = created.seatingPlan?.seats.map(\.guid) ?? []
            show.seats = show.guids.map { _ in nil }
            show.sold = show.guids.map { _ in nil }
            show.capacities = Dictionary(uniqueKeysWithValues: created.areas.map { ($0.areaID, $0.capacity) })
        case .hold(.placed(let hold)):
            guard show.holds.updateValue(hold, forKey: hold.holdID) == nil else {
                throw fault("a hold is placed twice")
            }
            for seat in hold.seats {
                let isResold = show.listed.contains(seat.index) && hold.resaleSeats.contains(seat.index)
                guard show.seats[seat.index] == nil, show.sold[seat.index] == nil || isResold else {
                    throw fault("seat \(seat.guid) has two owners")
                }
                show.seats[seat.index] = hold.holdID
            }
            for area in hold.areas { try take(area, "a hold") }
        case .hold(.released(let ended)), .hold(.expired(let ended)):
            guard let hold = show.holds.removeValue(forKey: ended.holdID) else { throw fault("no such hold ends") }
            guard hold.seats.map(\.index) == ended.seatIndexes, hold.areas == ended.areas else {
                throw fault("a hold ends with other places than it had")
            }
            for index in ended.seatIndexes { show.seats[index] = nil }
            for area in ended.areas { show.taken[area.areaID, default: 0] -= area.quantity }
        case .order(.sold(let sold)):
            let hold = show.holds.removeValue(forKey: sold.holdID)
            guard (hold != nil) == sold.wasHeld else {
                throw fault("a sale of a hold that is there and is not, or is not and is")
            }
            if let hold {
                guard hold.seats == sold.seats, hold.areas == sold.areas else {
                    throw fault("other places are sold than held")
                }
            } else {
                for area in sold.areas { try take(area, "a sale") }
            }
            for seat in sold.seats {
                guard show.seats[seat.index] == hold?.holdID else {
                    throw fault("seat \(seat.guid) is sold and another's")
                }
                let resold = sold.resold.first { $0.seatIndex == seat.index }
                guard show.sold[seat.index] == resold?.ticketID.order else {
                    throw fault("seat \(seat.guid) is sold twice")
                }
                show.seats[seat.index] = nil
                show.sold[seat.index] = sold.orderID
                show.listed.remove(seat.index)
            }
            for area in sold.areas { show.soldUnits[area.areaID, default: 0] += area.quantity }
        case .order(.returned(let returned)):
            for seat in returned.seatIndexes {
                guard show.sold[seat] == returned.orderID, show.seats[seat] == nil else {
                    throw fault("seat \(seat) is returned and another's")
                }
                show.sold[seat] = nil
                show.listed.remove(seat)
            }
            for area in returned.areas {
                show.taken[area.areaID, default: 0] -= area.quantity
                show.soldUnits[area.areaID, default: 0] -= area.quantity
                guard show.soldUnits[area.areaID, default: 0] >= 0 else {
                    throw fault("more is returned than was sold")
                }
            }
        case .order(.swapped(let swapped)):
            for swap in swapped.swaps {
                guard show.sold[swap.oldSeat] == swapped.orderID, show.seats[swap.seat.index] == nil,
                    show.sold[swap.seat.index] == nil
                else { throw fault("seat \(swap.seat.guid) is swapped and another's") }
                show.sold[swap.oldSeat] = nil
                show.sold[swap.seat.index] = swapped.orderID
            }
        case .ticket(.changed(let changed)):
            switch changed.change {
            case .listed(let seat, _):
                guard show.sold[seat] == changed.ticketID.order else {
                    throw fault("seat \(seat) is offered by another")
                }
                show.listed.insert(seat)
            case .unlisted(let seat):
                guard show.seats[seat] == nil, show.listed.remove(seat) != nil else {
                    throw fault("seat \(seat) is not on offer")
                }
            case .offered, .offerWithdrawn, .accepted: return
            }
        case .admission, .order, .ticket(.scanned), .ticket(.scanUndone), .ticket(.scansUploaded), .waitlist:
            return
        case .changed, .places, .allocations, .hold(.changed): throw fault("nobody changes that here")
        case .cancelled: break
        }
        show.version = recorded.position
        shows[recorded.stream.rawValue] = show
    }
}

extension Cluster {
    /// The whole log, checked and added up.
    func ledger() async throws -> Ledger { try await Ledger(reading: log()) }

    /// Asks every node for the seat map of `show` as of the log's head, and compares it with what the log says.
    func expectAgreement(on show: String, of nodes: [Node], _ ledger: Ledger) async throws {
        let expected = try #require(ledger.shows[show])
        for node in nodes {
            let map = try await Caller(node: node).get(
                "/api/v1/shows/\(show)/availability", headers: ["Last-Seen-Sequence": "head"])
            #expect(map.status == 200, "\(node.name): \(map)")
            #expect(map.json["statuses"]?.text == expected.statuses, "on \(node.name)")
            #expect(map.json["held"]?.integer == Int64(expected.held), "on \(node.name)")
            #expect(try position(of: map.json["version"]?.text) == expected.version, "on \(node.name)")
        }
    }
}
