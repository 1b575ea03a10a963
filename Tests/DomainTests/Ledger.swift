@testable import Domain
import Testing

/// Who owns what, kept the slow and obvious way from the events alone, with the promises checked at every one.
struct Ledger {
    let show: ShowCreated
    private(set) var holds: [HoldID: HoldPlaced] = [:]
    private var lastAt = Timestamp.distantPast

    init(_ show: ShowCreated) { self.show = show }

    mutating func apply(_ event: ShowEvent) {
        switch event {
        case .created: Issue.record("a second show")
        case .holdPlaced(let hold):
            #expect(holds[hold.holdID] == nil)
            #expect(!hold.seats.isEmpty || !hold.areas.isEmpty)
            #expect(hold.seats.map(\.index) == hold.seats.map(\.index).sorted())
            for seat in hold.seats {
                #expect(owner(ofSeat: seat.index) == nil, "seat \(seat.guid) has two owners")
                #expect(seats[seat.index].guid == seat.guid)
            }
            for area in hold.areas {
                #expect(area.quantity >= 1)
                #expect(free(in: area.areaID) >= area.quantity, "area \(area.areaID) is overbooked")
            }
            #expect(hold.seats.count + hold.areas.reduce(0) { $0 + $1.quantity } <= show.maxSeatsPerHold)
            #expect(hold.total == total(hold))
            #expect(hold.expiresAt == hold.placedAt.adding(seconds: show.holdSeconds))
            advance(to: hold.placedAt)
            holds[hold.holdID] = hold
        case .holdReleased(let end): remove(end, isExpiry: false)
        case .holdExpired(let end): remove(end, isExpiry: true)
        }
    }

    /// Compares what the decider believes with what the events say.
    func check(_ state: ShowState) {
        #expect(Set(state.holds.keys) == Set(holds.keys))
        let plan = seats
        let free = plan.indices.map { owner(ofSeat: $0) == nil }
        #expect(state.seats == free.map { $0 ? 0 : 1 })
        var row = 0
        var seat = 0
        for zone in show.seatingPlan?.zones ?? [] {
            for seats in zone.rows.map(\.seats) {
                #expect(state.freeInRow[row] == free[seat..<(seat + seats.count)].count { $0 })
                row += 1
                seat += seats.count
            }
        }
        #expect(state.freeInRow.count == row)
        for (index, area) in show.areas.enumerated() {
            #expect(state.freeInArea[index] == self.free(in: area.areaID))
            #expect((0...area.capacity).contains(state.freeInArea[index]))
        }
        let held = holds.values.reduce(0) { $0 + $1.seats.count + $1.areas.reduce(0) { $0 + $1.quantity } }
        #expect(state.freeInRow.reduce(0, +) + state.freeInArea.reduce(0, +) + held == show.capacity)
        #expect(state.nextExpiry == holds.values.map(\.expiresAt).min())
        #expect(state.lastDecidedAt >= lastAt)
    }

    /// Whether every one of these places can be had at `now`, overdue holds not counting.
    func canHave(seats guids: [String], areas: [AreaQuantity], at now: Timestamp) -> Bool {
        let live = holds.values.filter { $0.expiresAt > now }
        return guids.allSatisfy { guid in !live.contains { $0.seats.contains { $0.guid == guid } } }
            && areas.allSatisfy { area in
                let held = live.reduce(0) { $0 + $1.areas.filter { $0.areaID == area.areaID }.reduce(0) { $0 + $1.quantity } }
                return area.quantity <= (show.areas.first { $0.areaID == area.areaID }?.capacity ?? 0) - held
            }
    }

    /// How many places a hold of the best could have at `now`.
    func available(category: String?, at now: Timestamp) -> Int {
        let live = holds.values.filter { $0.expiresAt > now }
        let taken = Set(live.flatMap { $0.seats.map(\.index) })
        let names = show.seatingPlan?.categories.map(\.name) ?? []
        let free = seats.enumerated().count { index, seat in
            !taken.contains(index) && (category == nil || names[seat.category] == category)
        }
        let units = show.areas.filter { category == nil || $0.category == category }.reduce(0) { sum, area in
            sum + area.capacity
                - live.reduce(0) { $0 + $1.areas.filter { $0.areaID == area.areaID }.reduce(0) { $0 + $1.quantity } }
        }
        return free + units
    }

    private var seats: [SeatingPlan.Seat] { show.seatingPlan.map { Array($0.seats) } ?? [] }

    private func owner(ofSeat index: Int) -> HoldID? {
        holds.values.first { $0.seats.contains { $0.index == index } }?.holdID
    }

    private func free(in area: AreaID) -> Int {
        holds.values.reduce(show.areas.first { $0.areaID == area }?.capacity ?? 0) {
            $0 - $1.areas.filter { $0.areaID == area }.reduce(0) { $0 + $1.quantity }
        }
    }

    private func total(_ hold: HoldPlaced) -> Int64 {
        let names = show.seatingPlan?.categories.map(\.name) ?? []
        return hold.seats.reduce(0) { $0 + (show.prices[names[seats[$1.index].category]] ?? 0) }
            + hold.areas.reduce(0) { sum, area in
                let category = show.areas.first { $0.areaID == area.areaID }?.category ?? ""
                return sum + Int64(area.quantity) * (show.prices[category] ?? 0)
            }
    }

    private mutating func remove(_ end: HoldEnded, isExpiry: Bool) {
        guard let hold = holds.removeValue(forKey: end.holdID) else {
            Issue.record("the end of a hold that isn't there")
            return
        }
        #expect(end.userID == hold.userID)
        #expect(end.seatIndexes == hold.seats.map(\.index))
        #expect(end.areas == hold.areas)
        #expect((end.endedAt >= hold.expiresAt) == isExpiry)
        advance(to: end.endedAt)
    }

    private mutating func advance(to time: Timestamp) {
        #expect(time >= lastAt, "time went back")
        lastAt = time
    }
}

extension ShowState {
    /// All that a decision depends on.
    struct Snapshot: Equatable {
        var version: Int64
        var lastDecidedAt: Timestamp
        var layout: ObjectIdentifier?
        var holds: [HoldID: Hold]
        var seats: [UInt8]
        var freeInRow: [Int]
        var freeInArea: [Int]
        var nextExpiry: Timestamp?
        var overdue: [Hold]
    }

    var snapshot: Snapshot {
        Snapshot(
            version: version, lastDecidedAt: lastDecidedAt, layout: layout.map(ObjectIdentifier.init), holds: holds,
            seats: seats, freeInRow: freeInRow, freeInArea: freeInArea, nextExpiry: nextExpiry,
            overdue: overdueHolds(at: Timestamp(microseconds: .max)))
    }
}
