import Domain
import Synchronization

/// Small shows to decide on. A row is a string, a seat a letter of it: the letter is the seat's category.
enum SampleShow {
    static let id = ShowID("show")

    /// Seats are called row-seat, from 1: `1-1` is the first seat of the first row.
    static func plan(_ rows: [String]) -> SeatingPlan {
        let names = Set(rows.joined()).sorted()
        let rows = rows.enumerated().map { row, seats in
            SeatingPlan.Row(
                number: "\(row + 1)", position: .zero,
                seats: seats.enumerated().map { seat, category in
                    SeatingPlan.Seat(
                        guid: "\(row + 1)-\(seat + 1)", number: "\(seat + 1)", position: .zero,
                        category: names.firstIndex(of: category) ?? 0)
                })
        }
        // Two zones, so that plan order is more than row order.
        let half = rows.count / 2
        let zones = [rows.prefix(half), rows.dropFirst(half)].enumerated().map { index, rows in
            SeatingPlan.Zone(name: "zone \(index + 1)", position: .zero, rows: Array(rows), shapes: [])
        }
        return SeatingPlan(
            name: "plan", size: SeatingPlan.Size(width: 100, height: 100),
            categories: names.map { SeatingPlan.Category(name: String($0), color: "") }, zones: zones)
    }

    static func created(
        rows: [String] = [], areas: [Area] = [], limit: Int = 6, onSaleAt: Timestamp? = nil, holdSeconds: Int64 = 300,
        paymentSeconds: Int64 = 120, regrants: Bool = false, orphans: OrphanRule = .avoid
    ) -> ShowCreated {
        ShowCreated(
            showID: id, name: "A night", artist: "Somebody", venue: Venue(name: "Hall", city: "Ghent"),
            startsAt: Timestamp(microseconds: 10_000_000_000), onSaleAt: onSaleAt, currency: "EUR",
            prices: ["A": 9_000, "B": 5_000, "S": 2_500, "F": 0], holdSeconds: holdSeconds, maxSeatsPerHold: limit,
            seatingPlan: rows.isEmpty ? nil : plan(rows), areas: areas, paymentSeconds: paymentSeconds,
            regrantsLatePayments: regrants, orphans: orphans, createdAt: .at(0))
    }

    static func area(_ id: String, _ capacity: Int, category: String = "S") -> Area {
        Area(areaID: AreaID(id), name: id, capacity: capacity, category: category)
    }
}

extension Timestamp {
    /// This many seconds after the show was created.
    static func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: 1_000_000).adding(seconds: seconds) }
}

/// Of the last event that a test had recorded.
private let nextPosition = Atomic<Int64>(0)

extension ShowState {
    init(_ show: ShowCreated) {
        self.init()
        evolve(.created(show))
    }

    /// Decides, folds in what was decided, and has it in the log, under sequence numbers that no other event has.
    @discardableResult
    mutating func run(_ command: ShowCommand, at now: Timestamp = .at(1)) throws(Rejection) -> [ShowEvent] {
        let events = try decide(command, now: now)
        for event in events {
            evolve(event)
            didRecord(event, at: nextPosition.wrappingAdd(1, ordering: .relaxed).newValue)
        }
        return events
    }

    /// Places a hold that must succeed with a single event.
    @discardableResult
    mutating func hold(
        _ id: String, by user: String = "ann", seats: [String] = [], areas: [String: Int] = [:],
        at now: Timestamp = .at(1)
    ) throws -> HoldPlaced {
        try placed(run(.hold(id, by: user, seats: seats, areas: areas), at: now))
    }

    @discardableResult
    mutating func best(
        _ id: String, _ quantity: Int, category: String? = nil, at now: Timestamp = .at(1)
    ) throws -> HoldPlaced {
        try placed(run(.best(id, quantity, category: category), at: now))
    }

    @discardableResult
    mutating func best(_ id: String, _ wanted: PlaceHold.BestPlaces, at now: Timestamp = .at(1)) throws -> HoldPlaced {
        try placed(run(.best(id, wanted), at: now))
    }

    private func placed(_ events: [ShowEvent]) throws -> HoldPlaced {
        guard events.count == 1, case .hold(.placed(let placed))? = events.first else { throw UnexpectedEvents(events) }
        return placed
    }
}

struct UnexpectedEvents: Error {
    var events: [ShowEvent]
    init(_ events: [ShowEvent]) { self.events = events }
}

extension ShowCommand {
    static func hold(_ id: String, by user: String = "ann", seats: [String] = [], areas: [String: Int] = [:]) -> Self {
        .placeHold(
            PlaceHold(
                holdID: HoldID(id), userID: UserID(user),
                selection: .named(
                    seats: seats,
                    areas: areas.sorted { $0.key < $1.key }
                        .map { AreaQuantity(areaID: AreaID($0.key), quantity: $0.value) })))
    }

    static func best(_ id: String, by user: String = "ann", _ quantity: Int, category: String? = nil) -> Self {
        best(id, by: user, PlaceHold.BestPlaces(quantity: quantity, category: category))
    }

    static func best(_ id: String, by user: String = "ann", _ wanted: PlaceHold.BestPlaces) -> Self {
        .placeHold(PlaceHold(holdID: HoldID(id), userID: UserID(user), selection: .best(wanted)))
    }
}

extension HoldPlaced {
    var guids: [String] { seats.map(\.guid) }
    var units: [String: Int] { Dictionary(uniqueKeysWithValues: areas.map { ($0.areaID.rawValue, $0.quantity) }) }
}
