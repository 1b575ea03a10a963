import Contract
import Domain
import EventLog
import Foundation
import SeededRandom
import Testing

@Suite struct `The table of commands` {
    private struct Seen: Hashable {
        var command: String
        var outcome: String
    }

    private static let declared = Set(
        CommandTable.rows.flatMap { row in
            row.events.map { Seen(command: row.command, outcome: $0) }
                + row.rejections.map { Seen(command: row.command, outcome: $0.name) }
        })

    /// Too rare for random runs: a resale is withdrawn while the hold that buys its seat is overdue.
    private static func withdrawalOverAnOverduePurchase() -> Set<Seen> {
        var show = ShowState(SampleShow.created(rows: ["AA"]))
        do {
            try show.buy("o", by: "ann", seats: ["1-1"])
            try show.ticket(.list, "o-1")
            try show.hold("h", by: "bob", seats: ["1-1"], at: .at(20))
            try show.start("p", hold: "h", by: "bob", at: .at(21))
        } catch {
            Issue.record(error)
        }
        let command = ShowCommand.ticket(.unlist, "o-1")
        return Set(
            outcomes(of: command, on: &show, at: .at(500)).map { Seen(command: command.name, outcome: $0) })
    }

    /// Too rare for random runs: what a wish for other places, types or times can meet.
    private static func rareChanges() -> Set<Seen> {
        var created = SampleShow.created(rows: ["AA"], areas: [SampleShow.area("floor", 5)], onSaleAt: .at(10))
        created.prices["A"] = nil
        created.ticketTypes["A"] = [
            TicketType(name: "adult", price: 5), TicketType(name: "group", price: 1, minPerOrder: 2),
            TicketType(name: "child", price: 1, maxPerOrder: 1),
        ]
        created.maxSeatsPerUser = 3
        func change(_ edit: (inout ChangeHold) -> Void) -> ShowCommand {
            var change = ChangeHold(holdID: HoldID("h"), userID: UserID("ann"))
            edit(&change)
            return .changeHold(change)
        }
        func typed(_ seats: [String: String]) -> ShowCommand {
            .placeHold(
                PlaceHold(
                    holdID: HoldID("t"), userID: UserID("bob"),
                    selection: .named(seats: ["1-2"], areas: []), ticketTypes: .named(seats: seats)))
        }
        func allocation(_ seats: [String], _ areas: [String: Int] = [:]) -> AllocationWish {
            AllocationWish(
                name: "house", channel: nil, label: "", seats: seats,
                areas: areas.map { AreaQuantity(areaID: AreaID($0.key), quantity: $0.value) }, releasesAt: nil)
        }
        let one = [AreaQuantity(areaID: AreaID("floor"), quantity: 1)]
        let steps: [(ShowCommand, Int64)] = [
            (.hold("h", seats: ["1-1"]), 11), (change { $0.droppedSeats = ["1-2"] }, 12),
            (change { $0.addedAreas = [AreaQuantity(areaID: AreaID("roof"), quantity: 1)] }, 12),
            (change { $0.ticketTypes = .named(seats: ["1-1": "ghost"]) }, 12),
            (change { $0.ticketTypes = .named(seats: ["1-1": "group"]) }, 12),
            (
                change {
                    ($0.addedSeats, $0.ticketTypes) = (["1-2"], .named(seats: ["1-1": "child", "1-2": "child"]))
                }, 12
            ),
            (typed(["1-2": "group"]), 12), (typed(["1-1": "adult"]), 12), (typed(["1-2": "ghost"]), 12),
            (.allocate([allocation([], ["roof": 1])]), 12), (.allocate([allocation(["1-2", "1-2"])]), 12),
            (.extendHold(HoldID("h"), by: UserID("ann")), 20), (.extendHold(HoldID("h"), by: UserID("ann")), 310),
            (.extendHold(HoldID("h"), by: UserID("ann")), 320), (.extendHold(HoldID("h"), by: UserID("ann")), 320),
            (change { $0.addedSeats = ["nowhere"] }, 320),
            (.change(ShowChange([.isPostponed(true)])), 320), (change { $0.addedAreas = one }, 321),
            (.change(ShowChange([.isPostponed(false), .onSaleAt(.at(900))])), 330),
            (change { $0.addedAreas = one }, 331),
            (.change(ShowChange([.onSaleAt(nil), .offSaleAt(.at(340))])), 335), (change { $0.addedAreas = one }, 341),
            (.hold("late", by: "bob", seats: ["1-2"]), 341),
        ]
        // Somebody's purchase is overdue on a seat that a change adds.
        var plain = ShowState(SampleShow.created(rows: ["AA"]))
        do {
            try plain.hold("h", seats: ["1-1"])
            try plain.hold("g", by: "bob", seats: ["1-2"])
            try plain.start("o", hold: "g", by: "bob", at: .at(2))
            try plain.run(.extendHold(HoldID("h"), by: UserID("ann")), at: .at(250))
        } catch {
            Issue.record(error)
        }
        var seen = Set(
            outcomes(of: change { $0.addedSeats = ["1-2"] }, on: &plain, at: .at(400)).map {
                Seen(command: "changeHold", outcome: $0)
            })
        var show = ShowState(created)
        for (command, time) in steps {
            for outcome in outcomes(of: command, on: &show, at: .at(time)) {
                seen.insert(Seen(command: command.name, outcome: outcome))
            }
        }
        return seen
    }

    /// Too rare for random runs: holds that can't be one order.
    private static func holdsThatAreTooMuch() -> Set<Seen> {
        var created = SampleShow.created(rows: ["AA"], areas: [SampleShow.area("floor", 200)], limit: 100)
        created.prices["A"] = nil
        created.ticketTypes["A"] = [TicketType(name: "child", price: 1, maxPerOrder: 1)]
        var show = ShowState(created)
        let floor = AreaID("floor")
        func hold(_ id: String, _ seats: [String], _ units: Int, _ channels: Set<String> = []) -> ShowCommand {
            let areas = units == 0 ? [] : [AreaQuantity(areaID: floor, quantity: units)]
            return .placeHold(
                PlaceHold(
                    holdID: HoldID(id), userID: UserID("ann"), selection: .named(seats: seats, areas: areas),
                    channels: channels))
        }
        let vip = AllocationWish(
            name: "vip", channel: "vip", label: "", seats: [], areas: [AreaQuantity(areaID: floor, quantity: 9)],
            releasesAt: nil)
        do {
            try show.run(.allocate([vip]))
            try show.run(hold("a", ["1-1"], 60))
            try show.run(hold("b", ["1-2"], 0))
            try show.run(hold("c", [], 60))
            try show.run(hold("d", [], 1, ["vip"]))
        } catch {
            Issue.record(error)
        }
        return ["b", "c", "d"].reduce(into: []) { seen, other in
            let command = ShowCommand.start(
                "o", hold: "a", token: show.token(of: "a"), others: [HoldID(other): show.token(of: other)])
            for outcome in outcomes(of: command, on: &show, at: .at(2)) {
                seen.insert(Seen(command: command.name, outcome: outcome))
            }
        }
    }

    /// Too rare for random runs: other seats that can't be had, or not so.
    private static func rareSwaps() -> Set<Seen> {
        var created = SampleShow.created(rows: ["AAB"], areas: [SampleShow.area("floor", 5)])
        created.prices["A"] = nil
        created.ticketTypes["A"] = [
            TicketType(name: "adult", price: 5_000), TicketType(name: "child", price: 1, maxPerOrder: 1),
        ]
        var show = ShowState(created)
        func swap(_ seats: [Int: SwapTickets.Seat]) -> ShowCommand {
            .swap(SwapTickets(orderID: OrderID("o"), seats: seats, by: UserID("box")))
        }
        do {
            try show.buy("o", seats: ["1-1"], areas: ["floor": 1])
            try show.hold("g", by: "bob", seats: ["1-3"])
            try show.start("p", hold: "g", by: "bob")
            try show.buy("q", by: "eve", seats: ["1-2"])
        } catch {
            Issue.record(error)
        }
        var steps = [
            swap([:]), swap([9: .init(guid: "1-3")]), swap([2: .init(guid: "1-3")]), swap([1: .init(guid: "nowhere")]),
            swap([1: .init(guid: "1-2")]), swap([1: .init(guid: "1-3", ticketType: "ghost")]),
            // Seat 1-3 is of another category, and its hold is over.
            swap([1: .init(guid: "1-3")]),
        ]
        steps.append(.swap(SwapTickets(orderID: OrderID("q"), seats: [1: .init(guid: "1-1")], by: UserID("box"))))
        // In a row of three, two tickets for one seat; and one child too many.
        var other = ShowState(SampleShow.created(rows: ["AAAAA"]))
        var typed = created
        typed.plan = SampleShow.created(rows: ["AAAAA"]).plan
        var children = ShowState(typed)
        let both = swap([1: .init(guid: "1-3"), 2: .init(guid: "1-3")])
        let tooMany = swap([1: .init(guid: "1-3", ticketType: "child"), 2: .init(guid: "1-4", ticketType: "child")])
        do {
            try other.buy("o", seats: ["1-1", "1-2"])
            try children.buy("o", seats: ["1-1", "1-2"])
        } catch {
            Issue.record(error)
        }
        var seen: Set<Seen> = []
        func see(_ command: ShowCommand, _ state: inout ShowState) {
            for outcome in outcomes(of: command, on: &state, at: .at(900)) {
                seen.insert(Seen(command: command.name, outcome: outcome))
            }
        }
        for command in steps { see(command, &show) }
        see(both, &other)
        see(tooMany, &children)
        return seen
    }

    /// What comes of joining a waiting list, and of leaving it.
    private static func waiting() -> Set<Seen> {
        var seen: Set<Seen> = []
        for seed: UInt64 in 1...80 {
            var commands = RandomCommands(seed: 75_000 + seed, waits: true)
            var state = ShowState(commands.show)
            for _ in 0..<400 {
                let (command, now) = commands.next(on: state)
                // What is overdue comes first, whatever the command is.
                state.recordOverdue(at: now)
                let outcomes = outcomes(of: command, on: &state, at: now)
                guard case .waitlist = command else { continue }
                seen.formUnion(outcomes.map { Seen(command: command.name, outcome: $0) })
            }
        }
        var created = SampleShow.created(areas: [SampleShow.area("floor", 2)], onSaleAt: .at(10))
        created.prices["S"] = nil
        created.ticketTypes["S"] = [
            TicketType(name: "adult", price: 5, maxPerOrder: 1), TicketType(name: "group", price: 1, minPerOrder: 3),
        ]
        var show = ShowState(created)
        let join = ShowCommand.join("w", 1)
        let steps: [(ShowCommand, Int64)] = [
            (join, 1), (.join("w", 2), 11), (.join("w", 2, types: ["group": 1]), 11),
            (.join("w", 1, types: ["x": 1]), 11),
            (.change(ShowChange([.isPostponed(true)])), 12), (join, 12),
            (.change(ShowChange([.isPostponed(false)])), 13),
            (join, 14), (.change(ShowChange([.offSaleAt(.at(15))])), 14), (join, 16), (.cancelShow, 17), (join, 18),
        ]
        for (command, time) in steps {
            for outcome in outcomes(of: command, on: &show, at: .at(time)) {
                guard case .waitlist = command else { continue }
                seen.insert(Seen(command: command.name, outcome: outcome))
            }
        }
        var empty = ShowState()
        return seen.union(outcomes(of: join, on: &empty, at: .at(1)).map { Seen(command: join.name, outcome: $0) })
    }

    private static func outcomes(of command: ShowCommand, on state: inout ShowState, at now: Timestamp) -> [String] {
        do {
            let types = try state.run(command, at: now).map { EncodedEvent($0).type }
            // What was due before comes first, whatever the command is.
            switch command {
            case .allocate, .expireHolds: return types
            default: return types.filter { $0 != "AllocationsChanged" }
            }
        } catch {
            return [error.code.name]
        }
    }

    @Test func `says what random runs come to, all of it and nothing else`() {
        var seen: Set<Seen> = []
        for seed: UInt64 in 1...240 {
            var commands = RandomCommands(seed: 70_000 + seed)
            var state = ShowState(commands.show)
            for _ in 0..<500 {
                let (command, now) = commands.next(on: state)
                for outcome in Self.outcomes(of: command, on: &state, at: now) {
                    seen.insert(Seen(command: command.name, outcome: outcome))
                }
            }
            // What random runs rarely or never ask: commands on a show that is not there, and its creation.
            var empty = ShowState()
            let nowhere = OrderID("nowhere")
            let steps: [PaymentStep] = [
                .abandoned, .parked(reason: ""), .refunded(RefundID("r")), .resumed, .authorized("p"), .captured,
                .voided,
                .declined(""), .refused(""), .unanswered(salt: 0), .actionRequired("p", sealedSecret: []), .accepted,
                .observed(ProviderLedger(paymentID: "p", captured: 1)), .suspended(nil), .restored(nil), .ended(nil),
            ]
            for command in [
                .cancelShow, .placeHold(.anything), .startPurchase(.anything), .change(ShowChange()), .allocate([]),
                .changeHold(ChangeHold(holdID: HoldID("h"), userID: UserID("ann"))),
                .extendHold(HoldID("h"), by: UserID("ann")),
                .uploadScans(ScanUpload([], by: UserID("door"))),
                .ticket(.undoScan(areas: nil), "nowhere-1"), .requireAdmission(true), .endAdmission(EntryID("show-1")),
            ]
                + steps.map({ ShowCommand.payment($0, of: nowhere) })
            {
                for outcome in Self.outcomes(of: command, on: &empty, at: .at(1)) {
                    seen.insert(Seen(command: command.name, outcome: outcome))
                }
            }
            let creation = ShowCommand.create(ValidShow(unchecked: commands.show))
            for command in [
                creation, creation, .cancelShow, .cancelShow, .change(ShowChange()), .allocate([]),
                .requireAdmission(true),
            ] {
                for outcome in Self.outcomes(of: command, on: &empty, at: .at(1)) {
                    seen.insert(Seen(command: command.name, outcome: outcome))
                }
            }
        }
        seen.formUnion(Self.withdrawalOverAnOverduePurchase())
        seen.formUnion(Self.rareChanges())
        seen.formUnion(Self.holdsThatAreTooMuch())
        seen.formUnion(Self.rareSwaps())
        seen.formUnion(Self.waiting())
        let undeclared = seen.subtracting(Self.declared)
        #expect(undeclared.isEmpty, "CommandTable lacks \(undeclared)")
        let unseen = Self.declared.subtracting(seen)
        #expect(unseen.isEmpty, "nothing comes to \(unseen)")
    }

    @Test func `is what docs/commands.md says`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/commands.md")
        if ProcessInfo.processInfo.environment["HOLDFAST_WRITE_DOCS"] != nil {
            try Data(CommandTable.document.utf8).write(to: page)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == CommandTable.document, "run tools/generate-docs")
    }
}

extension PlaceHold {
    fileprivate static let anything = PlaceHold(
        holdID: HoldID("h"), userID: UserID("ann"), selection: .best(PlaceHold.BestPlaces(quantity: 1)))
}

extension StartPurchase {
    fileprivate static let anything = StartPurchase(
        orderID: OrderID("o"), holdID: HoldID("h"), userID: UserID("ann"), fencingToken: 1, paymentMethod: "card")
}
