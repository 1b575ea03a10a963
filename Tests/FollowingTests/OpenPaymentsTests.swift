import Following
import Projection
import SeededRandom
import Testing
@testable import Domain
@testable import OpenPayments

/// What the payment process works by, against the records of all orders, settled ones too.
@Suite struct `The open payments` {
    /// A seeded show that sells, resells, returns and is cancelled, decided by the domain's own decider.
    private struct Sales {
        private(set) var events: [(event: ShowEvent, context: EventContext)] = []
        private var state = ShowState()
        private var random: SeededGenerator
        private var seconds: Int64 = 0
        private var holds: [HoldID] = []
        private(set) var orders: [OrderID] = []
        private let show = ShowID("gig")
        private let users = ["ann", "bob", "eve"].map { UserID($0) }

        init(seed: UInt64, commands: Int) {
            random = SeededGenerator(seed: seed)
            var created = ShowCreated(
                showID: show, name: "", artist: "", venue: Venue(name: "", city: ""),
                startsAt: Timestamp(microseconds: 1).adding(seconds: 1_000_000), onSaleAt: nil, currency: "EUR",
                prices: ["A": 9_000, "B": 0], holdSeconds: 20, maxSeatsPerHold: 3,
                seatingPlan: .sample(rows: [6, 6]),
                areas: [Area(areaID: AreaID("floor"), name: "", capacity: 5, category: "B")], paymentSeconds: 40,
                regrantsLatePayments: seed % 2 == 0, createdAt: Timestamp(microseconds: 0))
            // Three people buy all there is, again and again.
            created.maxSeatsPerUser = 1_000
            run(.create(ValidShow(unchecked: created)))
            for number in 0..<commands {
                seconds += Int64(random.next() % 4)
                if number == commands * 4 / 5 { run(.cancelShow) }
                step()
            }
        }

        private mutating func step() {
            switch random.next() % 16 {
            case 0...3:
                let hold = HoldID(on: show, placedBy: CommandID(high: 1, low: UInt64(events.count)))
                holds.append(hold)
                let user = users.randomElement(using: &random) ?? users[0]
                if let listed = state.listings.keys.sorted().randomElement(using: &random), random.next() % 2 == 0 {
                    return resell(seat: listed, on: hold, to: user)
                }
                let quantity = Int.random(in: 1...3, using: &random)
                run(
                    .placeHold(
                        PlaceHold(
                            holdID: hold, userID: user, selection: .best(PlaceHold.BestPlaces(quantity: quantity)))))
            case 4...6:
                guard let hold = holds.suffix(6).randomElement(using: &random), let live = state.holds[hold],
                    let token = live.fencingToken
                else { return }
                let order = OrderID(on: show, placedBy: CommandID(high: 2, low: UInt64(events.count)))
                orders.append(order)
                run(
                    .startPurchase(
                        StartPurchase(
                            orderID: order, holdID: hold, userID: live.userID, fencingToken: token,
                            paymentMethod: "card")))
            case 7: run(.expireHolds(limit: 3))
            case 8: run(.refundCancelled(limit: 2))
            case 9...12:
                let recent = random.next() % 2 == 0 ? orders.suffix(4) : orders[...]
                guard let order = recent.randomElement(using: &random) else { return }
                // Most orders go well, or there would be little to return, resell and swap.
                let going = [PaymentStep.authorized("pi-\(order)"), .captured]
                let steps: [PaymentStep] =
                    Array(repeating: going, count: 6).flatMap { $0 } + [
                        .declined("no"), .voided,
                        .refunded(RefundID("\(order)-r1")), .refunded(RefundID("\(order)-r2")), .parked(reason: "odd"),
                        .resumed,
                        .abandoned, .observed(books(of: order)), .observed(books(of: order)), .accepted,
                        .actionRequired("pi-\(order)", sealedSecret: [1]), .suspended(nil), .restored(nil), .ended([1]),
                    ]
                run(.payment(steps.randomElement(using: &random) ?? .captured, of: order))
            default:
                guard let order = orders.randomElement(using: &random) else { return }
                let user = users.randomElement(using: &random) ?? users[0]
                let ticket = TicketID(Int.random(in: 1...3, using: &random), of: order)
                switch random.next() % 5 {
                case 0: run(.refund(order, tickets: nil, by: nil))
                case 4:
                    guard let guid = state.layout?.seatGuids.randomElement(using: &random) else { return }
                    run(
                        .swap(
                            SwapTickets(
                                orderID: order, seats: [1: .init(guid: guid)], waivesDifference: random.next() % 4 == 0,
                                by: user)))
                case 1: run(.refund(order, tickets: [1], by: nil))
                default: run(.ticket(.list, ticket, by: user))
                }
            }
        }

        /// What somebody did at the provider.
        private mutating func books(of order: OrderID) -> ProviderLedger {
            let status = DisputeChanged.Status.allCases.randomElement(using: &random) ?? .open
            return ProviderLedger(
                paymentID: "pi-\(order)", captured: 9_000,
                refunds: random.next() % 2 == 0
                    ? [] : [.init(id: "re-\(events.count)", refundID: nil, amount: Int64(random.next() % 9_000))],
                disputes: random.next() % 2 == 0
                    ? [] : [.init(id: "dp-\(order)", status: status, amount: 2_000, reason: "fraudulent")])
        }

        /// What is for resale is only had by name; bought at once, since chance would seldom get that far.
        private mutating func resell(seat: Int, on hold: HoldID, to user: UserID) {
            guard let guid = state.layout?.seatGuids[seat] else { return }
            run(.placeHold(PlaceHold(holdID: hold, userID: user, selection: .named(seats: [guid], areas: []))))
            guard let token = state.holds[hold]?.fencingToken else { return }
            let order = OrderID(on: show, placedBy: CommandID(high: 2, low: UInt64(events.count)))
            orders.append(order)
            run(
                .startPurchase(
                    StartPurchase(
                        orderID: order, holdID: hold, userID: user, fencingToken: token, paymentMethod: "card")))
            run(.payment(.authorized("pi-\(order)"), of: order))
        }

        /// What is refused leaves no event.
        private mutating func run(_ command: ShowCommand) {
            let now = Timestamp(microseconds: 0).adding(seconds: seconds)
            guard case .success(let decided) = Result(catching: { try state.decide(command, now: now) }) else { return }
            for event in decided {
                let position = Int64(events.count) + 1
                state.evolve(event)
                state.didRecord(event, at: position)
                events.append((event, EventContext(position: position, show: show, recordedAt: now)))
            }
        }
    }

    private static let seeds: Range<UInt64> = 0..<60

    /// Of every order all there is, and which shows' orders are to be returned.
    private struct Model {
        var records: [OrderID: OrderRecord] = [:]
        var left: Int?

        mutating func apply(_ event: ShowEvent, at position: Int64) {
            if case .order(.started(let started)) = event {
                records[started.orderID] = OrderRecord(started, show: ShowID("gig"), at: position)
                return
            }
            for id in OrderRecord.ids(in: event) { records[id]?.apply(event, at: position) }
            if case .cancelled(let cancelled) = event { left = cancelled.orders }
            // Revoked sales too: they wait for no return any more.
            if case .order(.returned) = event { left = left.map { $0 - 1 } }
        }
    }

    @Test(arguments: seeds) func `are those orders that something is to be done for, at every step`(seed: UInt64) throws
    {
        var view = OpenPayments()
        var model = Model()
        for (event, context) in Sales(seed: seed, commands: 300).events {
            try view.apply(event, in: context)
            model.apply(event, at: context.position)
            let open = model.records.filter { $0.value.isOpen }
            #expect(Set(view.orders.keys) == Set(open.keys))
            for (id, record) in open {
                #expect(view.orders[id]?.work == record.work)
                #expect(view.orders[id]?.paymentID == record.paymentID)
                #expect(view.orders[id]?.parkedBecause == record.parkedBecause)
                #expect(view.orders[id]?.review == record.review)
                #expect(view.orders[id]?.isDisputed == record.isDisputed)
            }
            #expect(view.cancellations.values.reduce(0, +) == model.left ?? 0)
        }
    }

    @Test func `come by everything that matters in these histories`() {
        let all = Self.seeds.flatMap { Sales(seed: $0, commands: 300).events.map(\.event) }
        func some(_ matches: (ShowEvent) -> Bool) -> Bool { all.contains(where: matches) }
        #expect(some { if case .order(.sold(let sold)) = $0 { !sold.resold.isEmpty } else { false } })
        #expect(some { if case .order(.sold(let sold)) = $0 { sold.total == 0 } else { false } })
        #expect(some { if case .order(.refunded) = $0 { true } else { false } })
        #expect(some { if case .order(.voided) = $0 { true } else { false } })
        #expect(some { if case .order(.money(.refunded(let back))) = $0 { back.needsDecision } else { false } })
        #expect(some { if case .order(.money(.disputed)) = $0 { true } else { false } })
        #expect(some { if case .order(.resumed) = $0 { true } else { false } })
        #expect(some { if case .order(.swapped) = $0 { true } else { false } })
        #expect(some { if case .order(.returned(let back)) = $0 { back.reason == .revoked } else { false } })
        #expect(some { if case .order(.returned(let back)) = $0 { back.reason == .showCancelled } else { false } })
    }

    @Test(arguments: seeds) func `are the same when written and read back, and go on the same`(seed: UInt64) throws {
        let events = Sales(seed: seed, commands: 200).events
        var random = SeededGenerator(seed: seed)
        let cut = Int.random(in: 0...events.count, using: &random)
        var whole = OpenPayments()
        try whole.fold(events)
        var first = OpenPayments()
        try first.fold(Array(events[..<cut]))
        var second = try OpenPayments(encoded: first.encoded)
        #expect(second.encoded == first.encoded && second.lines == first.lines)
        try second.fold(Array(events[cut...]))
        #expect(second.encoded == whole.encoded && second.lines == whole.lines)
    }

    @Test(arguments: 0..<10 as Range<UInt64>) func `are refused or read as something where bytes are damaged`(
        seed: UInt64
    ) throws {
        let events = Sales(seed: seed, commands: 120).events
        var random = SeededGenerator(seed: seed)
        var whole = OpenPayments()
        try whole.fold(events)
        for _ in 0..<200 {
            var damaged = whole.encoded
            for _ in 0..<Int.random(in: 1...3, using: &random) where !damaged.isEmpty {
                let index = Int.random(in: damaged.indices, using: &random)
                switch random.next() % 3 {
                case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged.remove(at: index)
                default: damaged.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            guard case .success(var strange) = Result(catching: { try OpenPayments(encoded: damaged) }) else {
                continue
            }
            for (event, context) in events.suffix(40) {
                // Whether it makes sense there is another question.
                _ = Result { try strange.apply(event, in: context) }
            }
            _ = strange.encoded
            _ = strange.lines
        }
    }

    @Test func `are no orders that are settled, or twice there, or out of order`() throws {
        var view = OpenPayments()
        try view.fold(Sales(seed: 1, commands: 40).events)
        let bytes = view.encoded
        try #require(view.orders.count > 0)
        // The same orders once more: not ascending.
        #expect(throws: ProjectionFault.self) { try OpenPayments(encoded: bytes + bytes) }
        #expect(throws: ProjectionFault.self) { try OpenPayments(encoded: Array(bytes.dropLast())) }
        var settled = try #require(view.orders.values.first { $0.work != nil })
        (settled.status, settled.payment, settled.refunds) = (.failed, .none, [])
        (settled.parkedBecause, settled.review, settled.disputes) = (nil, nil, [])
        try #require(settled.work == nil)
        view.restore(settled)
        let fault = #expect(throws: ProjectionFault.self) { try OpenPayments(encoded: view.encoded) }
        #expect(fault?.description.contains("\(settled.orderID) is settled") == true)
    }

    @Test func `stop at what makes no sense`() throws {
        let events = Sales(seed: 3, commands: 60).events
        let started = try #require(events.first { if case .order(.started) = $0.event { true } else { false } })
        var view = OpenPayments()
        try view.apply(started.event, in: started.context)
        #expect(throws: ProjectionFault.self) { try view.apply(started.event, in: started.context) }
        let (order, user) = (OrderID("gig-nowhere"), UserID("ann"))
        for event in [
            OrderEvent.captured(PaymentCaptured(orderID: order, userID: user, amount: 0, capturedAt: .distantPast)),
            .voided(PaymentVoided(orderID: order, userID: user, voidedAt: .distantPast)),
            .resumed(PaymentResumed(orderID: order, userID: user, resumedAt: .distantPast)),
        ].map(ShowEvent.order) {
            #expect(throws: ProjectionFault.self) { try view.apply(event, in: started.context) }
        }
    }
}
