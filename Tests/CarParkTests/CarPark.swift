import Domain

/// An aggregate that is not a show: a car park with a few places, and cars that are towed when their time is over.
///
/// This is the worked example of `docs/extending.md`. Command, events, state and decisions are in this file, the events'
/// form in the log in `CarPark+Codec.swift`, two views beside it.
struct CarPark: Aggregate {
    static let category = StreamCategory("car-park")
    static let placesMax = 3
    static let paidSeconds: Int64 = 3_600

    enum Command: DomainCommand {
        case enter(plate: String)
        case leave(plate: String)
        /// Has at most this many cars towed whose time is over, the longest overdue first.
        case tow(limit: Int)
    }

    enum Event: DomainEvent {
        case entered(CarEntered)
        case left(CarLeft)

        var deadlineChange: DeadlineChange {
            switch self {
            case .entered(let entered): .set(entered.plate, at: entered.paidUntil)
            case .left(let left): .clear(left.plate)
            }
        }
    }

    struct CarEntered: Equatable {
        var plate: String
        var enteredAt: Timestamp
        var paidUntil: Timestamp
    }

    struct CarLeft: Equatable {
        var plate: String
        var leftAt: Timestamp
        var wasTowed: Bool
    }

    /// The car as it was before the event, by its plate.
    struct Undo {
        var plate: String
        var before: CarEntered?
        var lastDecidedAt: Timestamp
    }

    private(set) var cars: [String: CarEntered] = [:]
    private var lastDecidedAt = Timestamp.distantPast

    func decide(_ command: Command, now clock: Timestamp) throws(Rejection) -> [Event] {
        let now = max(clock, lastDecidedAt)
        switch command {
        case .enter(let plate):
            // A car whose time is over counts as towed whether or not the timer has said so.
            let staying = cars.values.filter { $0.paidUntil > now }
            guard !staying.contains(where: { $0.plate == plate }) else { throw Rejection(.carIsHere, subject: plate) }
            guard staying.count < Self.placesMax else { throw Rejection(.carParkFull, limit: Int64(Self.placesMax)) }
            let paidUntil = now.adding(seconds: Self.paidSeconds)
            return towed(at: now) + [.entered(CarEntered(plate: plate, enteredAt: now, paidUntil: paidUntil))]
        case .leave(let plate):
            guard let car = cars[plate], car.paidUntil > now else { throw Rejection(.carNotFound, subject: plate) }
            return [.left(CarLeft(plate: plate, leftAt: now, wasTowed: false))]
        case .tow(let limit): return Array(towed(at: now).prefix(limit))
        }
    }

    @discardableResult
    mutating func evolve(_ event: Event) -> Undo {
        switch event {
        case .entered(let entered):
            let undo = Undo(plate: entered.plate, before: cars[entered.plate], lastDecidedAt: lastDecidedAt)
            cars[entered.plate] = entered
            lastDecidedAt = max(lastDecidedAt, entered.enteredAt)
            return undo
        case .left(let left):
            let undo = Undo(plate: left.plate, before: cars[left.plate], lastDecidedAt: lastDecidedAt)
            cars[left.plate] = nil
            lastDecidedAt = max(lastDecidedAt, left.leftAt)
            return undo
        }
    }

    mutating func revert(_ undo: Undo) {
        cars[undo.plate] = undo.before
        lastDecidedAt = undo.lastDecidedAt
    }

    /// Nothing here has a sequence number for a name.
    mutating func didRecord(_ event: Event, at position: Int64) {}

    var nextDeadline: Timestamp? { cars.values.map(\.paidUntil).min() }

    static func onDeadline(limit: Int) -> Command { .tow(limit: limit) }

    private func towed(at now: Timestamp) -> [Event] {
        cars.values.filter { $0.paidUntil <= now }.sorted { ($0.paidUntil, $0.plate) < ($1.paidUntil, $1.plate) }
            .map { .left(CarLeft(plate: $0.plate, leftAt: now, wasTowed: true)) }
    }
}

extension Rejection.Code {
    static let carIsHere = Self("car-is-here")
    static let carParkFull = Self("car-park-full")
    static let carNotFound = Self("car-not-found")
}
