@testable import Domain
import Testing

@Suite struct `Another seat for a ticket` {
    private func show(_ edit: (inout ShowCreated) -> Void = { _ in }) -> ShowState {
        var created = SampleShow.created(rows: ["AAAA", "BBB"], areas: [SampleShow.area("floor", 20)])
        edit(&created)
        return ShowState(created)
    }

    private func swap(
        _ seats: [Int: String], of order: String = "o", waives: Bool = false, channels: Set<String> = []
    ) -> ShowCommand {
        .swap(
            SwapTickets(
                orderID: OrderID(order), seats: seats.mapValues { SwapTickets.Seat(guid: $0) },
                waivesDifference: waives,
                by: UserID("box"), channels: channels))
    }

    private func swapped(_ events: [ShowEvent]) throws -> TicketsSwapped {
        guard case .order(.swapped(let event))? = events.last else { throw UnexpectedEvents(events) }
        return event
    }

    @Test func `of its category costs what the ticket cost, and makes its codes worthless`() throws {
        var show = show()
        try show.buy("o", seats: ["1-1", "1-2"])
        try show.run(.change(ShowChange([.price("A", 12_000)])))
        let event = try swapped(try show.run(swap([2: "1-4"]), at: .at(5)))
        #expect(event.amount == 0)
        #expect(event.swappedBy == UserID("box") && event.swappedAt == .at(5))
        let ticket = try show.ticket("o-2")
        #expect(ticket.seatIndex == 3 && ticket.generation == 2 && ticket.price == 9_000)
        #expect(ticket.owner == UserID("ann") && ticket.status == .valid)
        #expect(try show.status("1-2") == .available && show.status("1-4") == .sold)
        #expect(try show.ticket("o-1").generation == 1)
        #expect(try show.order("o").refundsDue.isEmpty)
        show.expect(.ticketUnusable(.transferred), from: .ticket(.scan(generation: 1), "o-2", by: "door"), at: .at(6))
        try show.ticket(.scan(generation: 2), "o-2", by: "door")
        // Whoever takes the old seat now has nothing to do with it.
        try show.buy("p", by: "bob", seats: ["1-2"], at: .at(20))
    }

    @Test func `that costs less sends the difference back, and a refund the rest`() throws {
        var show = show()
        try show.buy("o", seats: ["1-1", "1-2"])
        let event = try swapped(try show.run(swap([1: "2-1", 2: "2-3"])))
        #expect(event.amount == 8_000 && event.refundID == RefundID("o-r1") && event.paymentID == "pay-o")
        #expect(try show.order("o").refundsDue == [RefundID("o-r1"): 8_000])
        try show.pay(.refunded(RefundID("o-r1")), "o")
        let refund = try show.run(.refund("o")).returns
        #expect(refund.map(\.amount) == [10_000])
        #expect(refund.map(\.refundID) == [RefundID("o-r2")])
        #expect(try show.status("2-1") == .available)
    }

    @Test func `that costs more is refused with the difference, unless that is waived`() throws {
        var show = show()
        try show.buy("o", seats: ["2-1", "2-2"])
        show.expect(.swapCostsMore(8_000), from: swap([1: "1-1", 2: "1-2"]), at: .at(5))
        let event = try swapped(try show.run(swap([1: "1-1", 2: "1-2"], waives: true), at: .at(5)))
        #expect(event.amount == 0)
        #expect(try show.order("o").tickets.map(\.price) == [5_000, 5_000])
        #expect(try show.run(.refund("o")).returns.map(\.amount) == [10_000])
    }

    @Test func `makes up for what another of the order costs more`() throws {
        var show = show()
        try show.buy("o", seats: ["1-1", "2-1"])
        let event = try swapped(try show.run(swap([1: "2-2", 2: "1-2"])))
        #expect(event.amount == 0)
        #expect(try show.order("o").tickets.map(\.price) == [5_000, 9_000])
    }

    @Test func `never sends back more than is left of what was taken`() throws {
        var show = show()
        try show.buy("o", seats: ["1-1"])
        let books = ProviderLedger(
            paymentID: "pay-o", captured: 9_000, refunds: [.init(id: "re", refundID: nil, amount: 7_000)])
        try show.pay(.observed(books), "o")
        // The buyer has 7000 back already: more than the difference.
        #expect(try swapped(try show.run(swap([1: "2-1"]))).amount == 0)
        #expect(try show.run(.refund("o")).returns.map(\.amount) == [2_000])
    }

    @Test func `is of the same ticket type where there is one`() throws {
        var show = show {
            $0.prices = ["S": 2_500]
            $0.ticketTypes["A"] = [TicketType(name: "adult", price: 90), TicketType(name: "child", price: 40)]
            $0.ticketTypes["B"] = [
                TicketType(name: "adult", price: 50), TicketType(name: "child", price: 20, maxPerOrder: 1),
            ]
        }
        try show.run(
            .placeHold(
                PlaceHold(
                    holdID: HoldID("h"), userID: UserID("ann"), selection: .named(seats: ["1-1", "1-2"], areas: []),
                    ticketTypes: .named(seats: ["1-1": "child", "1-2": "child"]))))
        try show.start("o", hold: "h")
        try show.pay(.authorized("p"), "o")
        try show.pay(.captured, "o")
        show.expect(.tooManyOfType("child", limit: 1), from: swap([1: "2-1", 2: "2-2"]), at: .at(5))
        let event = try swapped(try show.run(swap([1: "2-1"])))
        #expect(event.amount == 20 && event.swaps.map(\.fare.ticketType) == ["child"])
        let typed = SwapTickets(
            orderID: OrderID("o"), seats: [2: .init(guid: "1-3", ticketType: "adult")], by: UserID("box"))
        show.expect(.swapCostsMore(50), from: .swap(typed), at: .at(5))
    }

    @Test func `is one that nobody has, or none is swapped`() throws {
        var show = show()
        try show.buy("o", seats: ["1-1", "1-2"])
        try show.buy("p", by: "bob", seats: ["1-3"])
        try show.ticket(.list, "p-1", by: "bob")
        try show.hold("h", by: "eve", seats: ["1-4"])
        show.expect(.seatsUnavailable([.seat("1-3", .resale)]), from: swap([1: "1-3", 2: "2-1"]), at: .at(5))
        show.expect(.seatsUnavailable([.seat("1-4", .held)]), from: swap([1: "1-4"]), at: .at(5))
        show.expect(.seatsUnavailable([.seat("1-2", .sold)]), from: swap([1: "1-2"]), at: .at(5))
        show.expect(.duplicateSeat("2-1"), from: swap([1: "2-1", 2: "2-1"]), at: .at(5))
        show.expect(.unknownSeat("nowhere"), from: swap([1: "nowhere"]), at: .at(5))
        // A hold whose time is over has nothing, whether or not the timer said so.
        #expect(try show.run(swap([1: "1-4"]), at: .at(999)).kinds == ["holdExpired", "ticketsSwapped"])
    }

    @Test func `comes from an allocation for whoever may sell from it, and goes back to one`() throws {
        var show = show()
        let house = AllocationWish(
            name: "house", channel: "box", label: "", seats: ["1-1", "1-4"], areas: [], releasesAt: nil)
        try show.buy("o", seats: ["1-1"])
        try show.run(.refund("o"))
        try show.run(.allocate([house]))
        try show.buy("p", seats: ["1-2"])
        show.expect(.seatsUnavailable([.seat("1-4", .blocked)]), from: swap([1: "1-4"], of: "p"), at: .at(5))
        let event = try swapped(try show.run(swap([1: "1-4"], of: "p", channels: ["box"])))
        #expect(event.allocatedSeats == [3] && event.blockedSeats.isEmpty)
        let back = try swapped(try show.run(swap([1: "1-3"], of: "p")))
        #expect(back.blockedSeats == [3])
        #expect(try show.status("1-4") == .blocked)
    }

    @Test func `is for a ticket that is good, paid for and of a seat`() throws {
        var show = show()
        try show.buy("o", seats: ["1-1", "1-2"], areas: ["floor": 1])
        try show.buy("unpaid", by: "bob", seats: ["2-1"], isCaptured: false)
        show.expect(.notSwappable, from: swap([3: "1-3"]), at: .at(5))
        show.expect(.ticketNotFound, from: swap([4: "1-3"]), at: .at(5))
        show.expect(.ticketNotFound, from: swap([:]), at: .at(5))
        show.expect(.orderNotFound, from: swap([1: "1-3"], of: "none"), at: .at(5))
        show.expect(.orderNotCompleted, from: swap([1: "2-2"], of: "unpaid"), at: .at(5))
        try show.ticket(.offer(to: UserID("bob")), "o-1")
        show.expect(.ticketUnusable(.offered), from: swap([1: "1-3"]), at: .at(10))
        // Money goes back to whoever paid, and to nobody else.
        try show.ticket(.accept, "o-1", by: "bob")
        show.expect(.ticketUnusable(.transferred), from: swap([1: "2-2"]), at: .at(10))
        #expect(try swapped(try show.run(swap([1: "1-3"]), at: .at(10))).swaps.map(\.generation) == [3])
        #expect(try show.ticket("o-1").owner == UserID("bob"))
        try show.ticket(.scan(generation: 1), "o-2", by: "door")
        show.expect(.ticketUnusable(.scanned), from: swap([2: "1-4"]), at: .at(10))
        try show.run(.cancelShow, at: .at(20))
        show.expect(.showCancelled, from: swap([1: "1-4"]), at: .at(20))
    }

    @Test func `leaves what goes back in the order of the plan`() throws {
        var show = show()
        try show.buy("o", seats: ["1-1", "1-2"])
        try show.run(swap([1: "1-4"]))
        try show.ticket(.list, "o-1")
        let back = try show.run(.payment(.ended(nil), of: OrderID("o"))).returns
        #expect(back.map(\.seatIndexes) == [[1, 3]] && back.map(\.resaleSeats) == [[3]])
    }

    @Test func `is sold as what it is now`() throws {
        var show = show()
        var record: OrderRecord?
        func fold(_ events: [ShowEvent]) {
            for event in events {
                if case .order(.started(let started)) = event {
                    record = OrderRecord(started, show: SampleShow.id, at: 1)
                } else {
                    record?.apply(event, at: 2)
                }
            }
        }
        try show.hold("h", seats: ["1-1"])
        fold(try show.start("o", hold: "h"))
        fold(try show.pay(.authorized("p"), "o"))
        fold(try show.pay(.captured, "o"))
        fold(try show.run(swap([1: "2-2"])))
        #expect(record?.tickets.map(\.seat) == ["2-2"])
        #expect(record?.tickets.map(\.generation) == [2])
        #expect(record?.tickets.map { $0.fare?.amount } == [5_000])
        #expect(record?.work == .refund(RefundID("o-r1"), amount: 4_000))
    }
}
