@testable import Domain
import SeededRandom

/// A seeded show and seeded commands on it, many of them hopeless.
struct RandomCommands {
    private var random: SeededGenerator
    /// Decides alone about the waiting room's rule: everything else is asked as if there were no room.
    private var entrance: SeededGenerator
    let show: ShowCreated
    private let guids: [String]
    private var users = ["ann", "bob", "eve"]
    /// Whether people join the waiting list.
    private let waits: Bool
    private var entries: [(entry: String, user: String)] = []
    private var placed: [(hold: String, user: String)] = []
    private var orderCount = 0
    private var asked = 0
    private var time: Int64 = 1

    init(seed: UInt64, waits: Bool = false) {
        self.waits = waits
        var random = SeededGenerator(seed: seed)
        let rows = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            String(
                (0..<Int.random(in: 1...7, using: &random)).map { _ in
                    let draw = random.next() % 12
                    return draw == 0 ? "F" : draw < 5 ? "B" : "A"
                })
        }
        var areas = (0..<Int.random(in: 0...3, using: &random)).map { index in
            SampleShow.area(
                "area-\(index)", Int.random(in: 1...9, using: &random), category: random.next() % 2 == 0 ? "S" : "A")
        }
        if rows.isEmpty && areas.isEmpty { areas = [SampleShow.area("area-0", 5)] }
        var show = SampleShow.created(
            rows: rows, areas: areas, limit: Int.random(in: 1...6, using: &random),
            onSaleAt: random.next() % 4 == 0 ? .at(10) : nil, holdSeconds: Int64.random(in: 1...60, using: &random),
            paymentSeconds: Int64.random(in: 1...60, using: &random), regrants: random.next() % 3 == 0,
            orphans: random.next() % 6 == 0 ? .enforce : random.next() % 2 == 0 ? .allow : .avoid)
        show.maxSeatsPerUser = random.next() % 2 == 0 ? nil : Int.random(in: 3...12, using: &random)
        if random.next() % 2 == 0 {
            show.prices["A"] = nil
            show.ticketTypes["A"] = Self.types(&random)
        }
        if waits {
            users += ["fay", "gil", "hal", "ivy", "jim"]
            show.offerSeconds = Int64.random(in: 1...60, using: &random)
            show.waitlistEntriesPerUser = Int.random(in: 1...2, using: &random)
            show.seatingPlan = show.seatingPlan.map { Self.withAccessibleSeats($0, &random) }
            show.accessibleReleasedAt = random.next() % 2 == 0 ? .at(Int64.random(in: 1...600, using: &random)) : nil
        }
        self.show = show
        guids = show.seatingPlan.map { $0.seats.map(\.guid) } ?? []
        self.random = random
        entrance = SeededGenerator(seed: seed &* 31)
    }

    /// The next command on a show in this state, and the clock it meets; the clock sometimes goes back.
    mutating func next(on state: ShowState) -> (command: ShowCommand, now: Timestamp) {
        asked += 1
        time += Int64.random(in: 0...4, using: &random)
        let now = random.next() % 20 == 0 ? time - Int64.random(in: 0...60, using: &random) : time
        return (rule() ?? admitted(command(on: state), on: state), .at(now))
    }

    // MARK: The waiting room

    private mutating func rule() -> ShowCommand? {
        switch entrance.next() % 80 {
        case 0: .requireAdmission(entrance.next() % 2 == 0)
        case 1: .endAdmission(entry(of: UserID(users.randomElement(using: &entrance) ?? "ann")))
        default: nil
        }
    }

    private mutating func entry(of user: UserID) -> EntryID {
        EntryID("\(entrance.next() % 20 == 0 ? "elsewhere" : "show")-\(user)\(entrance.next() % 12)")
    }

    /// The command with an admission, mostly where one is needed, and mostly a good one.
    private mutating func admitted(_ command: ShowCommand, on state: ShowState) -> ShowCommand {
        switch command {
        case .placeHold(var hold):
            hold.admission = admission(of: hold.userID, on: state)
            return .placeHold(hold)
        case .changeHold(var change):
            change.admission = admission(of: change.userID, on: state)
            return .changeHold(change)
        case .waitlist(.join(var join)):
            join.admission = admission(of: join.userID, on: state)
            return .waitlist(.join(join))
        default: return command
        }
    }

    private mutating func admission(of user: UserID, on state: ShowState) -> Admission? {
        guard entrance.next() % (state.admissions.isRequired ? 12 : 2) != 0 else { return nil }
        let owner = entrance.next() % 16 == 0 ? UserID("eve") : user
        return Admission(
            entryID: entry(of: user), userID: owner,
            claimUntil: entrance.next() % 2 == 0 ? nil : .at(time + Int64.random(in: -4...30, using: &entrance)),
            sessionUntil: .at(time + Int64.random(in: -4...90, using: &entrance)))
    }

    private static func withAccessibleSeats(_ plan: SeatingPlan, _ random: inout SeededGenerator) -> SeatingPlan {
        var plan = plan
        for zone in plan.zones.indices {
            for row in plan.zones[zone].rows.indices {
                for seat in plan.zones[zone].rows[row].seats.indices {
                    let draw = random.next() % 10
                    plan.zones[zone].rows[row].seats[seat].isAccessible = draw == 0
                    plan.zones[zone].rows[row].seats[seat].isCompanion = draw == 1
                }
            }
        }
        return plan
    }

    private mutating func command(on state: ShowState) -> ShowCommand {
        if waits, random.next() % 3 == 0 { return .waitlist(waitlistStep()) }
        switch random.next() % 50 {
        case 0...5: return best()
        case 6...12: return named(on: state)
        case 13...14: return release()
        case 15...16: return .expireHolds(limit: Int.random(in: 0...3, using: &random))
        case 17...22: return start(on: state)
        case 23...30: return pay(on: state)
        case 31: return refund(on: state)
        case 32...38: return ticket(on: state)
        case 40...41: return changeHold(on: state)
        case 42:
            let old = placed.suffix(4).randomElement(using: &random) ?? ("none", "ann")
            return .extendHold(HoldID(old.hold), by: user(UserID(old.user)))
        case 43...44: return changeShow()
        case 45: return changePlaces()
        case 46...47: return allocate()
        case 48...49: return swap(on: state)
        default:
            // Not too soon: little happens after it.
            if state.isCancelled { return .refundCancelled(limit: Int.random(in: 0...3, using: &random)) }
            return asked > 320 && random.next() % 2 == 0 ? .cancelShow : .refundCancelled(limit: 1)
        }
    }

    /// Mostly the one it should be.
    private mutating func user(_ expected: UserID) -> UserID {
        random.next() % 8 == 0 ? UserID(users.randomElement(using: &random) ?? "ann") : expected
    }

    private mutating func newHold() -> (hold: String, user: String) {
        placed.append(("h\(placed.count)", users.randomElement(using: &random) ?? "ann"))
        return placed[placed.count - 1]
    }

    private mutating func best() -> ShowCommand {
        let (hold, user) = newHold()
        let category = ["A", "B", "S", "X", nil, nil, nil].randomElement(using: &random) ?? nil
        var wanted = PlaceHold.BestPlaces(quantity: Int.random(in: 0...7, using: &random), category: category)
        switch random.next() % 20 {
        case 0: wanted.zone = ["zone 1", "zone 2", "nowhere"].randomElement(using: &random)
        case 1: wanted.rows = ["1", ["2", "3", "nowhere"].randomElement(using: &random) ?? "2"]
        case 2: wanted.isAccessible = true
        default: break
        }
        return .placeHold(
            PlaceHold(
                holdID: HoldID(hold), userID: UserID(user), selection: .best(wanted),
                ticketTypes: random.next() % 4 == 0 ? .counted(["child": min(wanted.quantity, 2)]) : .usual,
                channels: channels()))
    }

    private mutating func named(on state: ShowState) -> ShowCommand {
        let (hold, user) = newHold()
        // Somebody looks for what is for resale.
        if random.next() % 4 == 0, let listed = state.listings.keys.sorted().randomElement(using: &random),
            guids.indices.contains(listed)
        {
            return .hold(hold, by: user, seats: [guids[listed]])
        }
        var seats = (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in guids.randomElement(using: &random) }
        if random.next() % 40 == 0 { seats.append("nowhere") }
        var areas: [String: Int] = [:]
        for area in show.areas where random.next() % 3 == 0 {
            areas[area.areaID.rawValue] = Int.random(in: 1...4, using: &random)
        }
        if random.next() % 40 == 0 { areas["nowhere"] = 1 }
        var types: [String: String] = [:]
        for seat in seats where random.next() % 6 == 0 { types[seat] = random.next() % 2 == 0 ? "child" : "adult" }
        return .placeHold(
            PlaceHold(
                holdID: HoldID(hold), userID: UserID(user), selection: .named(seats: seats, areas: Self.units(areas)),
                ticketTypes: .named(seats: types), channels: channels()))
    }

    private mutating func release() -> ShowCommand {
        guard let old = placed.suffix(12).randomElement(using: &random) else { return .expireHolds(limit: 1) }
        return .releaseHold(HoldID(old.hold), by: user(UserID(old.user)))
    }

    private static func units(_ areas: [String: Int]) -> [AreaQuantity] {
        areas.sorted { $0.key < $1.key }.map { AreaQuantity(areaID: AreaID($0.key), quantity: $0.value) }
    }

    private mutating func channels() -> Set<String> { random.next() % 3 == 0 ? ["vip"] : [] }

    private static func types(_ random: inout SeededGenerator) -> [TicketType] {
        [
            TicketType(name: "adult", price: 9_000, fee: 100, tax: 50),
            TicketType(
                name: "child", price: Int64.random(in: 0...4_000, using: &random), minPerOrder: 1,
                maxPerOrder: random.next() % 2 == 0 ? 1 : nil),
        ]
    }

    // MARK: Changing

    private mutating func changeHold(on state: ShowState) -> ShowCommand {
        let live = state.holds.values.sorted { $0.holdID < $1.holdID }.randomElement(using: &random)
        let added = (0..<Int.random(in: 0...2, using: &random)).compactMap { _ in guids.randomElement(using: &random) }
        let dropped = (live?.seats ?? []).filter { _ in random.next() % 3 == 0 }.map(\.guid)
        let units = (live?.areas ?? []).filter { _ in random.next() % 3 == 0 }
            .map { AreaQuantity(areaID: $0.areaID, quantity: Int.random(in: 1...max(1, $0.quantity), using: &random)) }
        let area = show.areas.randomElement(using: &random).map {
            AreaQuantity(areaID: $0.areaID, quantity: Int.random(in: 1...2, using: &random))
        }
        return .changeHold(
            ChangeHold(
                holdID: live?.holdID ?? HoldID("none"), userID: user(live?.userID ?? UserID("ann")), addedSeats: added,
                addedAreas: random.next() % 3 == 0 ? area.map { [$0] } ?? [] : [], droppedSeats: dropped,
                droppedAreas: units, channels: channels()))
    }

    private mutating func changeShow() -> ShowCommand {
        switch random.next() % 12 {
        case 0: return .change(ShowChange([.price("B", Int64.random(in: 0...9_000, using: &random))]))
        case 1...2: return .change(ShowChange([.ticketTypes("A", Self.types(&random))]))
        case 3: return .change(ShowChange([.ticketTypes("A", nil), .price("A", 7_000)]))
        case 4: return .change(ShowChange([.startsAt(.at(9_000 + Int64(random.next() % 1_000)))]))
        case 5: return .change(ShowChange([.isPostponed(random.next() % 8 == 0), .name("Another night")]))
        case 6: return .change(ShowChange([.onSaleAt(.at(20_000))]))
        case 7: return .change(ShowChange([.price("A", nil), .ticketTypes("A", nil)]))
        case 8:
            guard !waits || random.next() % 2 == 0 else {
                return .change(ShowChange([.offerSeconds(Int64.random(in: 1...60, using: &random))]))
            }
            return .change(ShowChange([.maxSeatsPerUser(Int.random(in: 1...12, using: &random))]))
        case 9: return .change(ShowChange([.price("B", 100)], unchargeable: ["EUR"]))
        case 10: return .change(ShowChange([.isDraft(true)]))
        default:
            return .change(ShowChange([.maxSeatsPerHold(Int.random(in: 2...8, using: &random)), .isPostponed(false)]))
        }
    }

    private mutating func changePlaces() -> ShowCommand {
        guard var plan = show.seatingPlan else {
            let areas = show.areas.map { area in
                var area = area
                area.capacity = max(1, area.capacity + Int.random(in: -3...3, using: &random))
                return area
            }
            return .change(ShowChange(areas: areas))
        }
        for zone in plan.zones.indices {
            if random.next() % 2 == 0 { plan.zones[zone].rows.reverse() }
            for row in plan.zones[zone].rows.indices {
                if random.next() % 3 == 0 { plan.zones[zone].rows[row].seats.shuffle(using: &random) }
                plan.zones[zone].rows[row].seats.removeAll { _ in random.next() % 24 == 0 }
            }
        }
        if let seat = plan.seats.first(where: { _ in true }), random.next() % 2 == 0 {
            plan.zones[plan.zones.count - 1].rows.append(
                SeatingPlan.Row(
                    number: "n", position: .zero,
                    seats: [SeatingPlan.Seat(guid: "new", number: "1", position: .zero, category: seat.category)]))
        }
        let valid: ValidPlan?
        do {
            valid = try ValidPlan(plan)
        } catch {
            valid = nil
        }
        return .change(ShowChange(random.next() % 2 == 0 ? [] : [.artist("Somebody else")], plan: valid))
    }

    private mutating func allocate() -> ShowCommand {
        var free = guids.shuffled(using: &random)[...]
        var wishes: [AllocationWish] = []
        for (name, channel) in [("house", nil as String?), ("sponsor", "vip")] where random.next() % 4 != 0 {
            let seats = free.prefix(Int.random(in: 0...3, using: &random))
            free = free.dropFirst(seats.count)
            let areas = show.areas.filter { _ in random.next() % 2 == 0 }.map {
                AreaQuantity(areaID: $0.areaID, quantity: Int.random(in: 1...4, using: &random))
            }
            wishes.append(
                AllocationWish(
                    name: name, channel: channel, label: "kept", seats: Array(seats), areas: areas,
                    releasesAt: random.next() % 3 == 0 ? .at(time + Int64.random(in: -5...60, using: &random)) : nil))
        }
        return .allocate(wishes)
    }

    // MARK: Waiting

    private mutating func waitlistStep() -> WaitlistStep {
        if random.next() % 4 == 0, let old = entries.suffix(16).randomElement(using: &random) {
            return .leave(WaitlistEntryID(old.entry), by: user(UserID(old.user)))
        }
        entries.append(("w\(entries.count)", users.randomElement(using: &random) ?? "ann"))
        let quantity =
            random.next() % 30 == 0 ? Int.random(in: 0...9, using: &random) : Int.random(in: 1...3, using: &random)
        let wish = WaitlistWish(
            quantity: quantity, scope: scope(), isTogether: random.next() % 2 == 0, isAccessible: random.next() % 8 == 0
        )
        return .join(
            JoinWaitlist(
                entryID: WaitlistEntryID(entries[entries.count - 1].entry),
                userID: UserID(entries[entries.count - 1].user), wish: wish,
                ticketTypes: random.next() % 6 == 0 ? ["child": 1] : [:]))
    }

    private mutating func scope() -> WaitlistWish.Scope {
        let areas = show.areas.map(\.areaID).shuffled(using: &random).prefix(2)
        switch random.next() % 12 {
        case 0...3: return .anywhere
        case 4...6: return .category(["A", "B", "S", "X"].randomElement(using: &random) ?? "A")
        case 7: return .zone(["zone 1", "zone 2", "nowhere"].randomElement(using: &random) ?? "zone 1")
        case 8...9:
            let row = ["1", "2", "3", "nowhere"].randomElement(using: &random) ?? "1"
            return .row(row, zone: random.next() % 2 == 0 ? "zone 2" : nil)
        default: return areas.isEmpty || random.next() % 12 == 0 ? .areas([AreaID("nowhere")]) : .areas(Array(areas))
        }
    }

    // MARK: Buying

    private mutating func start(on state: ShowState) -> ShowCommand {
        orderCount += 1
        if random.next() % 8 == 0, let old = order(on: state), let order = state.orders[old] {
            return .start("o\(orderCount)", hold: order.holdID.rawValue, by: user(order.userID).rawValue, token: 1)
        }
        guard let chosen = state.holds.values.sorted(by: { $0.holdID < $1.holdID }).randomElement(using: &random) else {
            return .start("o\(orderCount)", hold: "none", token: 1)
        }
        let token = random.next() % 8 == 0 ? Int64.random(in: 0...99, using: &random) : chosen.fencingToken ?? 0
        var others: [HoldID: Int64] = [:]
        if random.next() % 3 == 0 {
            let live = state.holds.values.filter { $0.userID == chosen.userID && $0.holdID != chosen.holdID }
                .sorted { $0.holdID < $1.holdID }
            for hold in live.prefix(Int.random(in: 1...3, using: &random)) where random.next() % 10 != 0 {
                others[hold.holdID] = random.next() % 20 == 0 ? 7 : hold.fencingToken ?? 0
            }
            if random.next() % 10 == 0, let old = placed.suffix(9).randomElement(using: &random) {
                others[HoldID(old.hold)] = Int64.random(in: 0...99, using: &random)
            }
        }
        return .start(
            "o\(orderCount)", hold: chosen.holdID.rawValue, by: user(chosen.userID).rawValue, token: token,
            others: others)
    }

    private mutating func pay(on state: ShowState) -> ShowCommand {
        guard let order = order(on: state) else { return .pay(.captured, "none") }
        let step: PaymentStep
        switch random.next() % 30 {
        case 0...5: step = .authorized("pay-\(order)")
        case 6...10: step = .captured
        case 11: step = random.next() % 2 == 0 ? .declined("no") : .refused("no")
        case 12: step = random.next() % 2 == 0 ? .voided : .unanswered(salt: 1)
        case 13:
            let due = state.orders[order]?.refundsDue.keys.sorted() ?? []
            step = .refunded(due.randomElement(using: &random) ?? RefundID("\(order)-r1"))
        case 14:
            step =
                (state.orders[order]?.isParked == true) != (random.next() % 4 == 0) ? .resumed : .parked(reason: "down")
        case 15: step = random.next() % 2 == 0 ? .abandoned : .voided
        case 16...18: step = .observed(ledger(of: order, state.orders[order]))
        case 19: step = .actionRequired("pay-\(order)", sealedSecret: [1, 2, 3])
        case 20: step = .accepted
        case 21: step = random.next() % 2 == 0 ? .suspended(tickets(of: state.orders[order])) : .captured
        case 22:
            let suspended = state.orders.filter { $0.value.tickets.contains { $0.status == .suspended } }.keys.min()
            if let suspended, random.next() % 2 == 0 { return .payment(.restored(nil), of: suspended) }
            step = .restored(tickets(of: state.orders[order]))
        case 23: step = random.next() % 3 == 0 ? .ended(tickets(of: state.orders[order])) : .captured
        default: step = .authorized("pay-\(order)")
        }
        return .payment(step, of: order)
    }

    /// Books that a provider may have: never more went back than was taken.
    private mutating func ledger(of id: OrderID, _ order: ShowState.Order?) -> ProviderLedger {
        var ledger = ProviderLedger(paymentID: random.next() % 10 == 0 ? "another" : "pay-\(id)", captured: 0)
        guard let order, order.total > 0 else { return ledger }
        ledger.captured = order.payment == .captured ? order.captured : random.next() % 3 == 0 ? order.total / 2 : 0
        var left = max(0, (order.payment == .captured ? order.captured : ledger.captured).minus(order.moneyReturned))
        for (refundID, due) in order.refundsDue.sorted(by: { $0.key < $1.key })
        where random.next() % 2 == 0 && due > 0 && due <= left {
            // Less, where the log has lost that it was asked for before.
            let amount = due > 1 && random.next() % 4 == 0 ? due / 2 : due
            ledger.refunds.append(.init(id: "re-\(refundID)", refundID: refundID, amount: amount))
            left -= amount
        }
        if random.next() % 2 == 0, left > 0 {
            let amount = random.next() % 2 == 0 ? left : Int64.random(in: 1...left, using: &random)
            let refund = "re-\(id)-\(asked)"
            ledger.refunds.append(.init(id: refund, refundID: nil, amount: amount))
            left -= amount
        }
        if random.next() % 3 == 0, left > 0 {
            let status = DisputeChanged.Status.allCases.randomElement(using: &random) ?? .open
            ledger.disputes = [.init(id: "dp-\(id)", status: status, amount: left, reason: "fraudulent")]
        }
        return ledger
    }

    private mutating func tickets(of order: ShowState.Order?) -> [Int]? {
        guard let order, random.next() % 2 == 0 else { return nil }
        return (0..<Int.random(in: 1...2, using: &random)).map { _ in
            Int.random(in: 1...(order.tickets.count + 1), using: &random)
        }
    }

    /// Of the younger ones: the older are settled.
    private mutating func order(on state: ShowState) -> OrderID? {
        let orders = state.orders.keys.sorted { ($0.rawValue.count, $0) < ($1.rawValue.count, $1) }
        return (random.next() % 3 == 0 ? orders[...] : orders.suffix(4)).randomElement(using: &random)
    }

    // MARK: After the sale

    private mutating func refund(on state: ShowState) -> ShowCommand {
        guard let order = order(on: state), let content = state.orders[order] else { return .refund("none") }
        let count = content.tickets.count
        let numbers = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            Int.random(in: 1...(count + 1), using: &random)
        }
        let by = random.next() % 8 == 0 ? nil : user(content.userID)
        return .refund(order, tickets: random.next() % 2 == 0 ? nil : numbers, by: by)
    }

    private mutating func swap(on state: ShowState) -> ShowCommand {
        guard let order = order(on: state), let content = state.orders[order], !guids.isEmpty else {
            return .swap(SwapTickets(orderID: OrderID("none"), seats: [1: .init(guid: "nowhere")], by: UserID("box")))
        }
        var seats: [Int: SwapTickets.Seat] = [:]
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let number = Int.random(
                in: 1...(content.tickets.count + (random.next() % 8 == 0 ? 1 : 0) + 1), using: &random)
            let guid = guids.randomElement(using: &random) ?? ""
            seats[min(number, max(1, content.tickets.count))] = SwapTickets.Seat(
                guid: random.next() % 30 == 0 ? "nowhere" : guid,
                ticketType: random.next() % 8 == 0 ? ["child", "adult"].randomElement(using: &random) : nil)
        }
        return .swap(
            SwapTickets(
                orderID: order, seats: seats, waivesDifference: random.next() % 3 == 0, by: UserID("box"),
                channels: channels()))
    }

    private mutating func ticket(on state: ShowState) -> ShowCommand {
        guard let order = order(on: state), let content = state.orders[order], !content.tickets.isEmpty else {
            return .ticket(.accept, "none-1")
        }
        let number = Int.random(in: 1...(content.tickets.count + (random.next() % 20 == 0 ? 1 : 0)), using: &random)
        let ticket = number <= content.tickets.count ? content.tickets[number - 1] : content.tickets[0]
        let id = TicketID(number, of: order)
        let someone = UserID(users.randomElement(using: &random) ?? "ann")
        switch random.next() % 14 {
        case 0: return .ticket(.scan(scan(of: ticket)), id, by: UserID("door"))
        case 12:
            guard random.next() % 2 == 0 else { return .uploadScans(upload(of: content, order)) }
            return .ticket(.undoScan(areas: random.next() % 8 == 0 ? ["nowhere"] : nil), id, by: UserID("chief"))
        case 13: return .ticket(.scan(scan(of: ticket)), id, by: UserID("door"))
        case 1...2: return .ticket(.offer(to: someone), id, by: user(ticket.owner))
        case 3...4: return .ticket(.accept, id, by: ticket.offeredTo ?? someone)
        case 5: return .ticket(.withdrawOffer, id, by: user(ticket.owner))
        case 6...10: return .ticket(.list, id, by: user(ticket.owner))
        default: return .ticket(.unlist, id, by: user(ticket.owner))
        }
    }

    /// Mostly the way that its holder can go.
    private mutating func scan(of ticket: ShowState.Ticket) -> TicketScan {
        let isIn = (ticket.status == .scanned) != (random.next() % 4 == 0)
        let areas: [Set<String>?] = [nil, nil, ["zone 1", "area-0"], ["zone 2", "area-1", "area-0"]]
        return TicketScan(
            generation: ticket.generation - (random.next() % 6 == 0 ? 1 : 0), direction: isIn ? .exit : .entry,
            gate: ["", "north", "south"].randomElement(using: &random) ?? "",
            areas: areas.randomElement(using: &random) ?? nil)
    }

    /// Of tickets of one order, some twice, at times some of which are nonsense.
    private mutating func upload(of content: ShowState.Order, _ order: OrderID) -> ScanUpload {
        let scans = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let number = Int.random(in: 1...(content.tickets.count + 1), using: &random)
            let generation = content.tickets.indices.contains(number - 1) ? content.tickets[number - 1].generation : 1
            let refusals: [Rejection.Code] = [.invalidTicketCode, .ticketWrongShow, .scanTimeUnreadable]
            return ScanUpload.Scan(
                ticketID: random.next() % 20 == 0 ? nil : TicketID(number, of: order),
                code: random.next() % 8 == 0
                    ? .refused(refusals.randomElement(using: &random) ?? .invalidTicketCode) : .generation(generation),
                direction: random.next() % 3 == 0 ? .exit : .entry,
                at: .at(Int64.random(in: (time - 40)...(time + (random.next() % 8 == 0 ? 90 : 0)), using: &random)),
                gate: random.next() % 2 == 0 ? "north" : "")
        }
        return ScanUpload(scans, areas: random.next() % 6 == 0 ? ["zone 1"] : nil, by: UserID("phone"))
    }
}
