import Contract
import Domain
import EventLog
import Following
import Projection
import SeededRandom

/// What a seeded log of several shows says: shows with seats, with areas and with both, on which seeded users do seeded
/// things, decided by the domain's own decider.
struct History {
    private(set) var events: [(event: ShowEvent, context: EventContext)] = []
    private(set) var shows: [ShowCreated] = []

    private var random: SeededGenerator
    private var states: [ShowState] = []
    private var seconds: Int64 = 0
    private var holds: [(hold: HoldID, user: UserID, show: Int)] = []
    private var orders: [(order: OrderID, user: UserID, show: Int, tickets: Int)] = []
    private var entries: [(entry: WaitlistEntryID, user: UserID, show: Int)] = []
    private let waits: Bool

    /// - Parameter waits: whether people join waiting lists.
    init(seed: UInt64, commands: Int, waits: Bool = false) {
        random = SeededGenerator(seed: seed)
        self.waits = waits
        for _ in 0..<Int.random(in: 1...4, using: &random) { create() }
        for _ in 0..<commands {
            seconds += Int64.random(in: 0...5, using: &random)
            if random.next() % 60 == 0 { create() } else { command() }
        }
    }

    /// As the log has them.
    var recorded: [RecordedEvent] {
        var versions: [StreamID: Int64] = [:]
        return events.map { event, context in
            versions[context.stream, default: 0] += 1
            return RecordedEvent(
                position: context.position, stream: context.stream, streamVersion: versions[context.stream, default: 0],
                event: EncodedEvent(event), commandID: CommandID(high: 1, low: UInt64(context.position)),
                recordedAt: context.recordedAt)
        }
    }

    private mutating func create() {
        let rows = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int.random(in: 1...6, using: &random) }
        var areas = (0..<Int.random(in: 0...2, using: &random)).map { index in
            Area(
                areaID: AreaID("area-\(index)"), name: "Area \(index)",
                capacity: Int.random(in: 1...20, using: &random),
                category: "B")
        }
        if rows.isEmpty && areas.isEmpty {
            areas = [Area(areaID: AreaID("floor"), name: "", capacity: 9, category: "A")]
        }
        let show = ShowCreated(
            showID: ShowID("show-\(shows.count)"), name: "A “night” \\ \u{1}", artist: "Somebody",
            venue: Venue(name: "Hall", city: "Gent"), startsAt: Timestamp(microseconds: 1).adding(seconds: 1_000_000),
            onSaleAt: nil,
            currency: "EUR", prices: ["A": random.next() % 6 == 0 ? 0 : 9_000, "B": 5_000],
            holdSeconds: Int64.random(in: 1...60, using: &random),
            maxSeatsPerHold: Int.random(in: 1...6, using: &random),
            seatingPlan: rows.isEmpty ? nil : .sample(rows: rows), areas: areas,
            paymentSeconds: Int64.random(in: 1...60, using: &random), regrantsLatePayments: random.next() % 2 == 0,
            createdAt: Timestamp(microseconds: 0))
        shows.append(show)
        states.append(ShowState())
        run(.create(ValidShow(unchecked: show)), on: shows.count - 1)
    }

    private mutating func command() {
        let index = Int.random(in: 0..<shows.count, using: &random)
        let show = shows[index]
        let user = UserID(["ann", "bob", "eve"].randomElement(using: &random) ?? "ann")
        if waits, random.next() % 3 == 0 { return wait(on: index, by: user) }
        switch random.next() % 40 {
        case 0...12:
            let hold = HoldID(on: show.showID, placedBy: CommandID(high: 7, low: UInt64(events.count)))
            holds.append((hold, user, index))
            run(.placeHold(PlaceHold(holdID: hold, userID: user, selection: selection(show))), on: index)
        case 13...15:
            guard let hold = holds.suffix(20).randomElement(using: &random) else { return }
            run(.releaseHold(hold.hold, by: hold.user), on: hold.show)
        case 16...17: run(.expireHolds(limit: Int.random(in: 1...5, using: &random)), on: index)
        case 18...22: start(on: index)
        case 23...30: pay()
        case 31: refund()
        case 32...37: changeTicket()
        case 38: if random.next() % 12 == 0 { run(.cancelShow, on: index) }
        default: run(.refundCancelled(limit: Int.random(in: 1...2, using: &random)), on: index)
        }
    }

    private mutating func wait(on show: Int, by user: UserID) {
        if random.next() % 4 == 0, let old = entries.suffix(12).randomElement(using: &random) {
            return run(.waitlist(.leave(old.entry, by: old.user)), on: old.show)
        }
        let entry = WaitlistEntryID(on: shows[show].showID, placedBy: CommandID(high: 9, low: UInt64(events.count)))
        entries.append((entry, user, show))
        let scopes: [WaitlistWish.Scope] = [
            .anywhere, .category("A"), .row("1", zone: nil), .areas([AreaID("area-0")]),
        ]
        let wish = WaitlistWish(
            quantity: Int.random(in: 1...3, using: &random),
            scope: scopes.randomElement(using: &random) ?? .anywhere, isTogether: random.next() % 2 == 0)
        run(.waitlist(.join(JoinWaitlist(entryID: entry, userID: user, wish: wish))), on: show)
    }

    private mutating func start(on show: Int) {
        guard let hold = states[show].holds.values.sorted(by: { $0.holdID < $1.holdID }).randomElement(using: &random)
        else { return }
        let order = OrderID(on: shows[show].showID, placedBy: CommandID(high: 8, low: UInt64(events.count)))
        run(
            .startPurchase(
                StartPurchase(
                    orderID: order, holdID: hold.holdID, userID: hold.userID, fencingToken: hold.fencingToken ?? 0,
                    paymentMethod: "card")), on: show)
    }

    private mutating func pay() {
        guard let (order, _, show, _) = orders.suffix(8).randomElement(using: &random) else { return }
        let refund = RefundID("\(order)-r\(Int.random(in: 1...3, using: &random))")
        let steps: [PaymentStep] = [
            .authorized("pay-\(order)"), .authorized("pay-\(order)"), .captured, .captured, .captured, .declined("no"),
            .voided,
            .refunded(refund), .refunded(refund), .parked(reason: "down"), .resumed, .abandoned,
        ]
        run(.payment(steps.randomElement(using: &random) ?? .captured, of: order), on: show)
    }

    private mutating func refund() {
        guard let (order, user, show, tickets) = orders.suffix(12).randomElement(using: &random) else { return }
        let some = tickets > 0 && random.next() % 2 == 0 ? [Int.random(in: 1...tickets, using: &random)] : nil
        run(.refund(order, tickets: some, by: user), on: show)
    }

    private mutating func changeTicket() {
        guard let (order, user, show, tickets) = orders.suffix(12).randomElement(using: &random), tickets > 0 else {
            return
        }
        let bob = UserID("bob")
        let steps: [(TicketStep, UserID)] = [
            (.list, user), (.list, user), (.list, user), (.unlist, user), (.scan(TicketScan(generation: 1)), bob),
            (.offer(to: bob), user), (.accept, bob), (.withdrawOffer, user),
        ]
        let (step, by) = steps.randomElement(using: &random) ?? (.list, user)
        run(.ticket(step, TicketID(Int.random(in: 1...tickets, using: &random), of: order), by: by), on: show)
    }

    private mutating func selection(_ show: ShowCreated) -> PlaceHold.Selection {
        if random.next() % 2 == 0 {
            return .best(PlaceHold.BestPlaces(quantity: Int.random(in: 1...4, using: &random)))
        }
        let guids = show.seatingPlan.map { $0.seats.map(\.guid) } ?? []
        let seats = Set(
            (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in guids.randomElement(using: &random) })
        let areas = show.areas.filter { _ in random.next() % 2 == 0 }
            .map { AreaQuantity(areaID: $0.areaID, quantity: Int.random(in: 1...3, using: &random)) }
        return .named(seats: seats.sorted(), areas: areas)
    }

    /// What is refused leaves no event.
    private mutating func run(_ command: ShowCommand, on show: Int) {
        let now = Timestamp(microseconds: 0).adding(seconds: seconds)
        guard case .success(let decided) = Result(catching: { try states[show].decide(command, now: now) }) else {
            return
        }
        for event in decided {
            let position = Int64(events.count) + 1
            states[show].evolve(event)
            states[show].didRecord(event, at: position)
            events.append((event, EventContext(position: position, show: shows[show].showID, recordedAt: now)))
            switch event {
            case .order(.started(let started)): orders.append((started.orderID, started.userID, show, 0))
            case .order(.sold(let sold)):
                let count = sold.areas.reduce(sold.seats.count) { $0 + $1.quantity }
                for index in orders.indices where orders[index].order == sold.orderID { orders[index].tickets = count }
            default: break
            }
        }
    }
}

extension SeatingPlan {
    /// A plan with so many seats in each row, called row-seat.
    static func sample(rows: [Int]) -> SeatingPlan {
        SeatingPlan(
            name: "plan", size: Size(width: 10, height: 10), categories: [Category(name: "A", color: "#fff")],
            zones: [
                Zone(
                    name: "zone", position: .zero,
                    rows: rows.enumerated().map { row, count in
                        Row(
                            number: "\(row)", position: .zero,
                            seats: (0..<count).map {
                                Seat(guid: "\(row)-\($0)", number: "\($0)", position: .zero, category: 0)
                            })
                    }, shapes: [])
            ])
    }
}

extension Projection {
    /// Folds a history in, from the event at one index to that before another.
    mutating func fold(_ events: [(event: ShowEvent, context: EventContext)]) throws(ProjectionFault) {
        for (event, context) in events { try fold(event, in: context) }
    }
}
