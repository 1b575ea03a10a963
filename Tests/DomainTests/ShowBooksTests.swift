@testable import Domain
import Testing

@Suite struct `The books of a show` {
    private func books(of events: [ShowEvent]) -> ShowBooks {
        var books = ShowBooks()
        for (index, event) in events.enumerated() { books.apply(event, of: SampleShow.id, at: Int64(index) + 1) }
        return books
    }

    @Test func `say what was sold, what went back, and for how much`() throws {
        let created = SampleShow.created(rows: ["AAB"], areas: [SampleShow.area("floor", 9)])
        var show = ShowState(created)
        var events: [ShowEvent] = [.created(created)]
        func run(_ command: ShowCommand, at now: Timestamp) throws { events += try show.run(command, at: now) }
        try run(.hold("h", by: "ann", seats: ["1-1", "1-3"], areas: ["floor": 2]), at: .at(1))
        try run(.start("o", hold: "h", token: show.token(of: "h")), at: .at(2))
        try run(.pay(.authorized("p"), "o"), at: .at(3))
        try run(.pay(.captured, "o"), at: .at(4))
        try run(.refund("o", [1, 4]), at: .at(5))
        try run(.ticket(.scan(TicketScan(generation: 1, gate: "north")), "o-2", by: "door"), at: .at(6))
        let books = books(of: events)
        #expect(books.orders.map(\.orderID) == [OrderID("o")])
        #expect(books.tickets.map(\.price) == [9_000, 5_000, 2_500, 2_500])
        #expect(books.tickets.map(\.record.status) == [.returned, .scanned, .valid, .returned])
        #expect(books.tickets.map(\.place.category) == ["A", "B", "S", "S"])
        #expect(
            books.sales.map { [$0.category, "\($0.price)", "\($0.sold)", "\($0.returned)", "\($0.left)"] } == [
                ["A", "9000", "1", "1", "0"], ["B", "5000", "1", "0", "1"], ["S", "2500", "2", "1", "1"],
            ])
    }

    @Test func `say which channel each ticket was bought through, and of which type it is`() throws {
        var created = SampleShow.created(rows: ["AAAA"], areas: [SampleShow.area("floor", 9)])
        created.prices["A"] = nil
        created.ticketTypes["A"] = [TicketType(name: "adult", price: 9), TicketType(name: "child", price: 4)]
        var show = ShowState(created)
        var events: [ShowEvent] = [.created(created)]
        func run(_ command: ShowCommand) throws { events += try show.run(command) }
        let floor = { AreaQuantity(areaID: AreaID("floor"), quantity: $0) }
        try run(
            .allocate([
                AllocationWish(
                    name: "vip", channel: "vip", label: "", seats: ["1-1", "1-2"], areas: [floor(3)], releasesAt: nil)
            ]))
        try run(
            .placeHold(
                PlaceHold(
                    holdID: HoldID("h"), userID: UserID("ann"), selection: .named(seats: ["1-1", "1-3"], areas: []),
                    ticketTypes: .named(seats: ["1-3": "child"]), channels: ["vip"])))
        try run(
            .changeHold(
                ChangeHold(
                    holdID: HoldID("h"), userID: UserID("ann"), addedSeats: ["1-2"], addedAreas: [floor(1)],
                    droppedSeats: ["1-1"], channels: ["vip"])))
        try run(.allocate([]))
        // It is anybody's now.
        try run(.hold("g", seats: ["1-1"]))
        try run(.start("o", hold: "h", token: show.token(of: "h"), others: [HoldID("g"): show.token(of: "g")]))
        try run(.pay(.authorized("p"), "o"))
        let tickets = books(of: events).tickets
        #expect(tickets.map(\.place.seat) == ["1-1", "1-2", "1-3", nil])
        #expect(tickets.map(\.channel) == ["", "vip", "", "vip"])
        #expect(tickets.map(\.place.ticketType) == ["adult", "adult", "child", ""])
        #expect(
            books(of: events).sales.map { "\($0.ticketType) \($0.channel)" } == [
                "adult ", "adult vip", "child ", " vip",
            ])
    }

    /// Money in the books is money in the orders, whatever happened.
    @Test(arguments: 1...30) func `balance`(seed: UInt64) {
        var commands = RandomCommands(seed: 90_000 + seed)
        var state = ShowState(commands.show)
        var events: [ShowEvent] = [.created(commands.show)]
        for _ in 0..<300 {
            let (command, now) = commands.next(on: state)
            do { events += try state.run(command, at: now) } catch { continue }
        }
        let books = books(of: events)
        let sold = books.orders.filter { !$0.tickets.isEmpty }
        let prices = Dictionary(grouping: books.tickets, by: \.order.orderID).mapValues {
            $0.reduce(0) { $0 + $1.price }
        }
        #expect(books.sales.reduce(0) { $0 + Int64($1.sold) * $1.price } == prices.values.reduce(0, +))
        let swapped = Set(events.compactMap { if case .order(.swapped(let event)) = $0 { event.orderID } else { nil } })
        for order in sold {
            let price = prices[order.orderID] ?? 0
            #expect(swapped.contains(order.orderID) ? price <= order.total : price == order.total)
        }
        // Where others moved money, tickets ended without a refund, or other seats cost less, prices and refunds are not the
        // same.
        var moved = Set(events.compactMap(\.orderWithOtherRefunds))
        for case .order(.captured(let captured)) in events
        where books.orders.contains(where: { $0.orderID == captured.orderID && $0.total != captured.amount }) {
            moved.insert(captured.orderID)
        }
        let plain = sold.filter { !moved.contains($0.orderID) }
        let ended = books.tickets.filter {
            !moved.contains($0.order.orderID) && ($0.record.status == .returned || $0.record.status == .resold)
        }
        let back = ended.reduce(0) { $0 + $1.price }
        let refunds = plain.filter { $0.payment == .captured }.flatMap(\.refunds).reduce(0) { $0 + $1.amount }
        let revoked = plain.filter { $0.payment != .captured }.flatMap(\.tickets).count { $0.status == .returned }
        #expect(revoked > 0 ? back >= refunds : back == refunds)
    }
}

extension ShowEvent {
    /// An order of which more or less than its tickets' prices goes back.
    fileprivate var orderWithOtherRefunds: OrderID? {
        switch self {
        case .order(.money(.refunded(let event))): event.orderID
        case .order(.money(.disputed(let event))): event.orderID
        case .order(.money(.accepted(let event))): event.orderID
        case .order(.returned(let event)) where event.reason == .ended: event.orderID
        case .order(.swapped(let event)): event.orderID
        default: nil
        }
    }
}
