import Contract
import Domain
import EventLog

/// One show with its traffic: holds of two seats for different users, the oldest released when a quarter of the house
/// is held, so that it goes on for ever.
struct SampleShow {
    private static let seatsPerRow = 50
    private static let seatsPerHold = 2
    private static let users = 50_000
    private static let fingerprint = [UInt8](repeating: 7, count: 32)
    private static let accepted = Outcome.accepted.encoded
    /// Nothing here expires while it is measured.
    private static let holdSeconds: Int64 = 86_400

    let id: ShowID
    private let number: UInt64
    private let seats: [HeldSeat]
    private let now: Timestamp
    private(set) var version: Int64 = 0
    private var placed: UInt64 = 0
    private var released: UInt64 = 0

    /// - Parameter number: different for every show that a log ever gets.
    init(number: UInt64, seatCount: Int, now: Timestamp) {
        self.number = number
        self.now = now
        id = ShowID(createdBy: CommandID(high: number &* 0x9E37_79B9_7F4A_7C15, low: 0))
        seats = (0..<seatCount).map {
            HeldSeat(index: $0, guid: "\($0 / Self.seatsPerRow + 1)-\($0 % Self.seatsPerRow + 1)")
        }
    }

    /// The next `count` commands, each with one event.
    mutating func next(_ count: Int) -> StreamAppend {
        let expected = version
        var commands: [DecidedCommand] = []
        commands.reserveCapacity(count)
        for _ in 0..<count { commands.append(next()) }
        return StreamAppend(stream: StreamID(id), expectedVersion: expected, commands: commands)
    }

    private mutating func next() -> DecidedCommand {
        version += 1
        let command = CommandID(high: number, low: UInt64(version))
        let event: ShowEvent
        if version == 1 {
            event = .created(created)
        } else if placed - released >= UInt64(seats.count / Self.seatsPerHold / 4) {
            let hold = hold(released)
            event = .hold(
                .released(
                    HoldEnded(
                        holdID: hold.holdID, userID: hold.userID, seatIndexes: hold.seats.map(\.index), areas: [],
                        endedAt: now)))
            released += 1
        } else {
            event = .hold(.placed(hold(placed)))
            placed += 1
        }
        return DecidedCommand(
            id: command, principal: user(placed).rawValue, fingerprint: Self.fingerprint, outcome: Self.accepted,
            events: [EncodedEvent(event)])
    }

    private func user(_ hold: UInt64) -> UserID { UserID("user-\((number &* 7919 &+ hold) % UInt64(Self.users))") }

    /// The hold with this number: what it is follows from it, so that its release needs no memory.
    private func hold(_ index: UInt64) -> HoldPlaced {
        let first = Int(index * UInt64(Self.seatsPerHold) % UInt64(seats.count / Self.seatsPerHold * Self.seatsPerHold))
        return HoldPlaced(
            holdID: HoldID(on: id, placedBy: CommandID(high: ~number, low: index)), userID: user(index),
            seats: Array(seats[first..<first + Self.seatsPerHold]), areas: [], total: 13_800, currency: "EUR",
            placedAt: now, expiresAt: now.adding(seconds: Self.holdSeconds))
    }

    private var created: ShowCreated {
        let rows = stride(from: 0, to: seats.count, by: Self.seatsPerRow).map { start in
            SeatingPlan.Row(
                number: "\(start / Self.seatsPerRow + 1)",
                position: SeatingPlan.Position(x: 0, y: Double(start / Self.seatsPerRow) * 40),
                seats: seats[start..<min(start + Self.seatsPerRow, seats.count)].enumerated().map { index, seat in
                    SeatingPlan.Seat(
                        guid: seat.guid, number: "\(index + 1)",
                        position: SeatingPlan.Position(x: Double(index) * 25, y: 0), category: 0)
                })
        }
        let plan = SeatingPlan(
            name: "Hall", size: SeatingPlan.Size(width: 1_250, height: Double(rows.count) * 40),
            categories: [SeatingPlan.Category(name: "Seat", color: "#3f7fbf")],
            zones: [SeatingPlan.Zone(name: "Hall", position: .zero, rows: rows, shapes: [])])
        return ShowCreated(
            showID: id, name: "Benchmark \(number)", artist: "The Regulars",
            venue: Venue(name: "Hall", city: "Hamburg"),
            startsAt: now.adding(seconds: 30 * 86_400), onSaleAt: nil, currency: "EUR", prices: ["Seat": 6_900],
            holdSeconds: Self.holdSeconds, maxSeatsPerHold: 6, seatingPlan: plan, areas: [], createdAt: now)
    }
}
