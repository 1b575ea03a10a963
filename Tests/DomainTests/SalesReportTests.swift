@testable import Domain
import Projection
@testable import Sales
import Testing

/// The report on sales against folds of their own: the books of a show, and plain sums over the log.
@Suite struct `The report on a show's sales` {
    /// A seeded run on one show.
    ///
    /// - Parameter isPlain: nobody moves money but the payment process, and nobody ends tickets without a refund.
    private func events(seed: UInt64, isPlain: Bool) -> [ShowEvent] {
        var commands = RandomCommands(seed: seed)
        var state = ShowState(commands.show)
        var events: [ShowEvent] = [.created(commands.show)]
        for _ in 0..<350 {
            let (command, now) = commands.next(on: state)
            if isPlain, command.movesMoneyElsewhere { continue }
            do { events += try state.run(command, at: now) } catch { continue }
        }
        // What is due comes to pass, mostly.
        for (id, order) in state.orders.sorted(by: { $0.key < $1.key }) {
            let refunds = order.refundsDue.keys.sorted().map { PaymentStep.refunded($0) }
            for step in [.captured] + refunds.dropLast(seed % 3 == 0 ? 1 : 0) {
                do { events += try state.run(.payment(step, of: id), at: .at(5_000)) } catch { continue }
            }
        }
        return events
    }

    private func fold(_ events: some Sequence<ShowEvent>) throws -> Sales {
        var sales = Sales()
        for (index, event) in events.enumerated() { try sales.apply(event, in: context(index + 1)) }
        return sales
    }

    private func context(_ position: Int) -> EventContext {
        EventContext(position: Int64(position), show: SampleShow.id, recordedAt: .at(0))
    }

    private func books(of events: [ShowEvent]) -> ShowBooks {
        var books = ShowBooks()
        for (index, event) in events.enumerated() { books.apply(event, of: SampleShow.id, at: Int64(index) + 1) }
        return books
    }

    @Test(arguments: 1...40) func `counts all money that the log says moved, and every ticket`(seed: UInt64) throws {
        let events = events(seed: 40_000 + seed, isPlain: false)
        let report = try #require(try fold(events).report(of: SampleShow.id))
        let total = report.total
        var (captured, refunded, orders, placed, expired): (Int64, Int64, Int64, Int64, Int64) = (0, 0, 0, 0, 0)
        for event in events {
            switch event {
            case .order(.captured(let event)):
                captured += event.amount
                orders += 1
            case .order(.refunded(let event)): refunded += event.amount
            case .order(.money(.refunded(let event))): refunded += event.amount
            case .order(.money(.disputed(let event))) where event.status == .lost: refunded += event.amount
            case .hold(.placed): placed += 1
            case .hold(.expired): expired += 1
            default: break
            }
        }
        #expect(total.gross == captured && total.refunded == refunded && total.net == captured - refunded)
        #expect(total.orders == orders && total.holdsPlaced == placed && total.holdsExpired == expired)
        #expect(total.exchanged == 0 && total.swappedIn == total.swappedOut)

        let books = books(of: events)
        #expect(total.sold == Int64(Array(books.tickets).count))
        #expect(total.returned == Int64(books.tickets.count { $0.record.status == .returned }))
        #expect(total.resold == Int64(books.tickets.count { $0.record.status == .resold }))
        let live = Dictionary(
            grouping: books.tickets.filter { ![.returned, .resold].contains($0.record.status) }, by: \.kind)
        for row in report.rows where row.kind != .rest {
            #expect(row.figures.left == Int64(live[row.kind]?.count ?? 0), "\(row.kind)")
        }
        #expect(Set(live.keys).isSubset(of: report.rows.map(\.kind)))

        // However it is cut, it is the same.
        var (byKind, byTime) = (SalesFigures(), SalesFigures())
        for row in report.rows { byKind += row.figures }
        for bucket in report.buckets { byTime += bucket.figures }
        #expect(byTime == total)
        var ofTickets = total
        (ofTickets.orders, ofTickets.holdsPlaced, ofTickets.holdsReleased) = (0, 0, 0)
        (ofTickets.holdsExpired, ofTickets.holdsBought) = (0, 0)
        #expect(byKind == ofTickets)
    }

    /// What stays of the money of a kind of tickets is what its live tickets cost.
    @Test(arguments: 1...40) func `has the money where the tickets are`(seed: UInt64) throws {
        let events = events(seed: 50_000 + seed, isPlain: true)
        let sales = try fold(events)
        let report = try #require(sales.report(of: SampleShow.id))
        let money = try #require(sales.shows[SampleShow.id]).money
        var expected: [SalesReport.Kind: Int64] = [:]
        var captured: Set<OrderID> = []
        for ticket in books(of: events).tickets where ticket.order.payment == .captured {
            captured.insert(ticket.order.orderID)
            if ![.returned, .resold].contains(ticket.record.status) {
                expected[ticket.kind, default: 0] += ticket.price
            }
        }
        for (index, row) in report.rows.enumerated() {
            // On their way back, and counted when they are there.
            let due = money.refunds.filter { captured.contains($0.key) }.values.joined().flatMap(\.parts)
                .filter { $0.row == index }.reduce(0) { $0 + $1.amount }
            #expect(row.figures.net - due == expected[row.kind] ?? 0, "\(row.kind)")
            #expect(row.kind != .rest)
        }
    }

    @Test(arguments: 1...12) func `is the same once written and read back, and goes on the same`(seed: UInt64) throws {
        let events = events(seed: 60_000 + seed, isPlain: false)
        let whole = try fold(events)
        let cut = events.count / 2
        var copy = try Sales(encoded: try fold(events[..<cut]).encoded)
        for (index, event) in events.enumerated().dropFirst(cut) { try copy.apply(event, in: context(index + 1)) }
        #expect(copy.encoded == whole.encoded)
        #expect(copy.lines == whole.lines)
        #expect(try Sales(encoded: whole.encoded).lines == whole.lines)
    }

    @Test func `tells a small story exactly`() throws {
        var created = SampleShow.created(rows: ["AABB"], areas: [SampleShow.area("floor", 9)])
        created.prices["A"] = nil
        created.ticketTypes["A"] = [
            TicketType(name: "adult", price: 6_000, fee: 100, tax: 50), TicketType(name: "child", price: 2_000),
        ]
        var show = ShowState(created)
        var events: [ShowEvent] = [.created(created)]
        func run(_ command: ShowCommand, at now: Timestamp) throws { events += try show.run(command, at: now) }
        // An adult and a child on seats, and one on the floor; the hour after, the child goes back.
        try run(
            .placeHold(
                PlaceHold(
                    holdID: HoldID("h"), userID: UserID("ann"),
                    selection: .named(
                        seats: ["1-1", "1-2"], areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 1)]),
                    ticketTypes: .named(seats: ["1-2": "child"]))), at: .at(1))
        try run(.start("o", hold: "h", token: show.token(of: "h")), at: .at(2))
        try run(.pay(.authorized("p"), "o"), at: .at(3))
        try run(.pay(.captured, "o"), at: .at(4))
        try run(.refund("o", [2]), at: .at(3_601))
        try run(.pay(.refunded(RefundID("o-r1")), "o"), at: .at(3_602))
        // The adult moves to a cheaper seat, whose difference is still to go back.
        try run(
            .swap(
                SwapTickets(
                    orderID: OrderID("o"), seats: [1: SwapTickets.Seat(guid: "1-4")], by: UserID("box"))),
            at: .at(7_201))
        // And somebody's hold ends.
        try run(.hold("g", seats: ["1-1"]), at: .at(7_202))
        try run(.expireHolds(limit: 1), at: .at(90_000))

        let report = try #require(try fold(events).report(of: SampleShow.id))
        try run(.pay(.refunded(RefundID("o-r2")), "o"), at: .at(90_001))
        let paid = try #require(try fold(events).report(of: SampleShow.id)?.total)
        #expect((paid.refunded, paid.feesRefunded, paid.taxRefunded) == (3_150, 100, 50))
        #expect(report.hours.map(\.firstHour) == [0, 1, 2, 25])
        #expect(report.days.isEmpty)
        var first = SalesFigures()
        (first.sold, first.orders, first.holdsPlaced, first.holdsBought) = (3, 1, 1, 1)
        (first.gross, first.fees, first.tax) = (6_150 + 2_000 + 2_500, 100, 50)
        #expect(report.hours[0].figures == first)
        #expect(report.hours[0].figures.averageOrder == 10_650)
        var second = SalesFigures()
        (second.returned, second.refunded) = (1, 2_000)
        #expect(report.hours[1].figures == second)
        #expect(report.hours[2].figures.swappedIn == 1 && report.hours[2].figures.holdsPlaced == 1)
        #expect(report.hours[3].figures.holdsExpired == 1)
        #expect(report.refundsDue == 1_150)
        let net = Dictionary(
            uniqueKeysWithValues: report.rows.map { row in
                (row.kind, [row.figures.left, row.figures.gross, row.figures.exchanged, row.figures.net])
            })
        #expect(
            net == [
                .tickets(category: "A", ticketType: "adult", channel: ""): [0, 6_150, -5_000, 1_150],
                .tickets(category: "A", ticketType: "child", channel: ""): [0, 2_000, 0, 0],
                .tickets(category: "S", ticketType: "", channel: ""): [1, 2_500, 0, 2_500],
                .tickets(category: "B", ticketType: "", channel: ""): [1, 0, 5_000, 5_000],
            ])
    }

    /// Two tickets at 5,000, the first returned, and what the provider says of the money.
    private func story(
        _ refunds: [ProviderLedger.Refund], then steps: [(ShowCommand, Timestamp)], returning first: Bool = false
    ) throws -> SalesReport {
        let created = SampleShow.created(rows: ["BB"])
        var show = ShowState(created)
        var events: [ShowEvent] = [.created(created)]
        events += try show.run(.hold("h", seats: ["1-1", "1-2"]), at: .at(1))
        events += try show.run(.start("o", hold: "h", token: show.token(of: "h")), at: .at(2))
        events += try show.run(.pay(.authorized("pay-o"), "o"), at: .at(3))
        events += try show.run(.pay(.captured, "o"), at: .at(4))
        if first { events += try show.run(.refund("o", [1]), at: .at(10)) }
        let books = ProviderLedger(paymentID: "pay-o", captured: 10_000, refunds: refunds)
        events += try show.run(.pay(.observed(books), "o"), at: .at(20))
        for (command, time) in steps { events += try show.run(command, at: time) }
        return try #require(try fold(events).report(of: SampleShow.id))
    }

    private func refunded(_ report: SalesReport) -> [SalesReport.Kind: Int64] {
        Dictionary(uniqueKeysWithValues: report.rows.map { ($0.kind, $0.figures.refunded) })
    }

    private let kind = SalesReport.Kind.tickets(category: "B", ticketType: "", channel: "")

    @Test func `moves what the provider paid back to the tickets that end for it`() throws {
        let whole = ProviderLedger.Refund(id: "re_1", refundID: nil, amount: 10_000)
        #expect(refunded(try story([whole], then: [])) == [kind: 0, .rest: 10_000])
        #expect(
            refunded(try story([whole], then: [(.pay(.ended(nil), "o"), .at(21))])) == [kind: 10_000, .rest: 0])
        // For one ticket and a half: of the second, the rest goes back as usual.
        let part = ProviderLedger.Refund(id: "re_1", refundID: nil, amount: 7_500)
        let first = try story([part], then: [(.refund("o", [1]), .at(21))])
        #expect(refunded(first) == [kind: 5_000, .rest: 2_500] && first.refundsDue == 0)
        let both = try story([part], then: [(.refund("o", [1]), .at(21)), (.refund("o", [2]), .at(22))])
        #expect(refunded(both) == [kind: 7_500, .rest: 0] && both.refundsDue == 2_500)
    }

    @Test func `keeps a refund with its tickets that the provider made smaller`() throws {
        let smaller = ProviderLedger.Refund(id: "re_1", refundID: RefundID("o-r1"), amount: 2_000)
        let report = try story([smaller], then: [], returning: true)
        #expect(refunded(report) == [kind: 2_000] && report.refundsDue == 3_000)
        let paid = try story([smaller], then: [(.pay(.refunded(RefundID("o-r2")), "o"), .at(21))], returning: true)
        #expect(refunded(paid) == [kind: 5_000] && paid.refundsDue == 0 && paid.total.left == 1)
    }

    @Test func `says that nothing is due back of what was not captured`() throws {
        let created = SampleShow.created(rows: ["BB"])
        var show = ShowState(created)
        var events: [ShowEvent] = [.created(created)]
        events += try show.run(.hold("h", seats: ["1-1"]), at: .at(1))
        events += try show.run(.start("o", hold: "h", token: show.token(of: "h")), at: .at(2))
        events += try show.run(.pay(.authorized("p"), "o"), at: .at(3))
        events += try show.run(.cancelShow, at: .at(4))
        events += try show.run(.refundCancelled(limit: 9), at: .at(4))
        #expect(try fold(events).report(of: SampleShow.id)?.refundsDue == 0)
        events += try show.run(.pay(.captured, "o"), at: .at(5))
        #expect(try fold(events).report(of: SampleShow.id)?.refundsDue == 5_000)
    }

    @Test func `keeps hours for two months and days for years, and loses nothing`() throws {
        let created = SampleShow.created(areas: [SampleShow.area("floor", 9)])
        var sales = try fold([.created(created)])
        let hours = SalesReport.hoursMax + 24 * SalesReport.daysMax + 100
        for hour in 0..<hours {
            let at = Timestamp(microseconds: 0).adding(seconds: Int64(hour) * 3_600 + 7)
            let hold = HoldPlaced(
                holdID: HoldID("h\(hour)"), userID: UserID("ann"), seats: [], areas: [], total: 0, currency: "EUR",
                placedAt: at, expiresAt: at)
            try sales.apply(.hold(.placed(hold)), in: context(hour + 2))
        }
        let report = try #require(sales.report(of: SampleShow.id))
        #expect(report.hours.count <= SalesReport.hoursMax && report.hours.count > SalesReport.hoursMax - 24)
        #expect(report.days.count == SalesReport.daysMax)
        #expect(report.buckets.reduce(0) { $0 + $1.figures.holdsPlaced } == Int64(hours))
        #expect(report.buckets.allSatisfy { $0.figures.holdsPlaced == $0.hourCount })
        #expect(zip(report.buckets, report.buckets.dropFirst()).allSatisfy { $0.end == $1.start })
        #expect(report.days[0].hourCount > 24 && report.days.dropFirst().allSatisfy { $0.hourCount == 24 })
        // Long before is no trap, either.
        let early = HoldEnded(
            holdID: HoldID("h1"), userID: UserID("ann"), seatIndexes: [], areas: [], endedAt: .distantPast)
        try sales.apply(.hold(.expired(early)), in: context(hours + 2))
        #expect(try Sales(encoded: sales.encoded).encoded == sales.encoded)
    }

    @Test func `keeps no more kinds apart than it has room for`() throws {
        let created = SampleShow.created(areas: [SampleShow.area("floor", 9_999)])
        var sales = try fold([.created(created)])
        for number in 0..<(SalesReport.kindsMax + 10) {
            let fare = Fare(ticketType: "type \(number)", price: 1)
            let sold = SeatsSold(
                orderID: OrderID("o\(number)"), holdID: HoldID("h\(number)"), userID: UserID("ann"), seats: [],
                areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 1)], fares: FareList([fare]), wasHeld: true,
                resold: [], total: 1, currency: "EUR", paymentID: "p", soldAt: .at(1))
            try sales.apply(.order(.sold(sold)), in: context(number + 2))
        }
        let report = try #require(sales.report(of: SampleShow.id))
        #expect(report.rows.count == SalesReport.kindsMax + 1)
        #expect(report.rows.last?.kind == .rest && report.rows.last?.figures.sold == 10)
    }
}

extension ShowBooks.Ticket {
    fileprivate var kind: SalesReport.Kind {
        .tickets(category: place.category, ticketType: place.ticketType, channel: channel)
    }
}

extension ShowCommand {
    /// Money moves at the provider, stays without a ticket, or tickets change price for nothing.
    fileprivate var movesMoneyElsewhere: Bool {
        guard case .payment(let step, _) = self else { return false }
        return switch step {
        case .observed, .accepted, .ended: true
        default: false
        }
    }
}
