import Domain
import Projection

/// The sale of one show: its report, and what is remembered of live tickets, holds and payments so that what goes back is
/// counted where it came from.
public struct ShowSales: Sendable {
    /// Seats in plan order that follow each other and are of one category.
    struct CategoryRun: Equatable, Sendable {
        /// In ``categories``.
        var category: Int
        /// The index after the last.
        var end: Int
    }

    var kept: SalesReport
    var categories: [String] = []
    /// Of all seats.
    var runs: [CategoryRun] = []
    var categoryOfArea: [AreaID: String] = [:]
    /// What a place of a category is sold as where its sale does not say, as sales of before there were ticket types don't.
    var usualFares: [String: Fare] = [:]
    var tickets = SoldTickets()
    var channels = ChannelsOfPlaces()
    var money = MoneyOnItsWay()

    init(_ report: SalesReport) { kept = report }

    init(_ show: ShowCreated, _ seats: SeatCategories, at position: Int64) {
        kept = SalesReport(
            showID: show.showID, name: show.name, currency: show.currency, startsAt: show.startsAt,
            organisationID: show.organisationID ?? .instance, version: position)
        (categories, runs) = (seats.names, seats.runs)
        describe(show)
        put(show.areas)
    }

    public var report: SalesReport {
        var report = kept
        report.refundsDue = money.due
        return report
    }

    var seatCount: Int { runs.last?.end ?? 0 }

    // MARK: The show

    mutating func describe(_ show: ShowCreated) {
        kept.name = show.name
        kept.startsAt = show.startsAt
        usualFares = show.prices.mapValues { Fare(price: $0) }
        for (category, types) in show.ticketTypes {
            if let first = types.first { usualFares[category] = first.fare }
        }
    }

    private mutating func put(_ areas: [Area]) {
        categoryOfArea = Dictionary(areas.map { ($0.areaID, $0.category) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func replacePlaces(_ event: PlacesChanged, _ seats: SeatCategories?) throws(ProjectionFault) {
        guard event.previousIndexes.count == seats?.runs.last?.end ?? (seats == nil ? seatCount : 0) else {
            throw ProjectionFault("the new places don't fit the old ones")
        }
        if let seats { (categories, runs) = (seats.names, seats.runs) }
        put(event.areas)
        tickets.move(from: event.previousIndexes)
        channels.move(from: event.previousIndexes)
    }

    /// Empty: there is no such seat.
    private func category(ofSeat index: Int) -> String {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].end <= index { low = middle + 1 } else { high = middle }
        }
        return low < runs.count && index >= 0 ? categories[runs[low].category] : ""
    }

    private mutating func kind(_ fare: Fare, in category: String, _ channel: String) -> SoldTickets.Kind {
        SoldTickets.Kind(
            row: kept.row(of: .tickets(category: category, ticketType: fare.ticketType, channel: channel)),
            price: fare.price, fee: fare.fee, tax: fare.tax)
    }

    // MARK: Tickets

    mutating func sell(_ event: SeatsSold) throws(ProjectionFault) {
        let resold = Set(event.resold.map(\.seatIndex))
        for seat in event.seats {
            guard (0..<seatCount).contains(seat.index), resold.contains(seat.index) == hasTicket(seat.index) else {
                throw ProjectionFault("seat \(seat.index) can't be sold")
            }
        }
        for resold in event.resold { try requireTicket(ofSeat: resold.seatIndex) }

        for resold in event.resold { resell(resold, at: event.soldAt) }
        let places = channels.end(event.orderID)
        var fares = fares(of: event)[...]
        var parts: [MoneyOnItsWay.Part] = []
        for seat in event.seats {
            guard let fare = fares.popFirst() else { break }
            let kind = kind(fare, in: category(ofSeat: seat.index), places.seats[seat.guid] ?? "")
            tickets.put(kind, onSeat: seat.index, of: seatCount)
            sell(kind, &parts, at: event.soldAt)
        }
        var units: [SoldTickets.Kind] = []
        for area in event.areas {
            for fare in fares.prefix(area.quantity) {
                let kind = kind(fare, in: categoryOfArea[area.areaID] ?? "", places.areas[area.areaID] ?? "")
                units.append(kind)
                sell(kind, &parts, at: event.soldAt)
            }
            fares = fares.dropFirst(area.quantity)
        }
        tickets.put(units, asTicketsFrom: event.seats.count + 1, of: event.orderID)
        money.captures[event.orderID] = parts
        if event.wasHeld {
            channels.end(event.holdID)
            kept.count(at: event.soldAt) { $0.holdsBought += 1 }
        }
    }

    private mutating func sell(_ kind: SoldTickets.Kind, _ parts: inout [MoneyOnItsWay.Part], at time: Timestamp) {
        kept.count(at: time, row: kind.row) { $0.sold += 1 }
        parts.add(MoneyOnItsWay.Part(row: kind.row, amount: kind.amount, fees: kind.fee, tax: kind.tax))
    }

    private mutating func resell(_ resold: ResoldSeat, at time: Timestamp) {
        guard let kind = tickets.kind(ofSeat: resold.seatIndex) else { return }
        tickets.takeTicket(ofSeat: resold.seatIndex)
        kept.count(at: time, row: kind.row) { $0.resold += 1 }
        if let seller = resold.ticketID.order { owe(resold.amount, for: [kind], resold.refundID, of: seller, at: time) }
    }

    private func fares(of event: SeatsSold) -> [Fare] {
        guard event.fares.isEmpty else { return Array(event.fares.all) }
        let categories =
            event.seats.map { category(ofSeat: $0.index) }
            + event.areas.flatMap { repeatElement(categoryOfArea[$0.areaID] ?? "", count: $0.quantity) }
        return categories.map { usualFares[$0] ?? Fare(price: 0) }
    }

    private func hasTicket(_ seat: Int) -> Bool { tickets.kind(ofSeat: seat) != nil }

    private func requireTicket(ofSeat index: Int) throws(ProjectionFault) {
        guard hasTicket(index) else { throw ProjectionFault("seat \(index) is not sold") }
    }

    mutating func takeBack(_ event: TicketsReturned) throws(ProjectionFault) {
        for seat in event.seatIndexes { try requireTicket(ofSeat: seat) }
        // Those of seats have the numbers before.
        let units = event.tickets.filter { tickets.kind(ofTicket: $0, of: event.orderID) != nil }
        guard units.count + event.seatIndexes.count == event.tickets.count else {
            throw ProjectionFault("order \(event.orderID) has not the tickets that go back")
        }
        let kinds =
            event.seatIndexes.compactMap { tickets.kind(ofSeat: $0) }
            + units.compactMap { tickets.kind(ofTicket: $0, of: event.orderID) }
        for seat in event.seatIndexes { tickets.takeTicket(ofSeat: seat) }
        for number in units { tickets.takeTicket(number, of: event.orderID) }
        for kind in kinds { kept.count(at: event.returnedAt, row: kind.row) { $0.returned += 1 } }
        // What is left of a refund that the provider made smaller.
        if event.tickets.isEmpty, let rest = money.renamed.removeValue(forKey: event.orderID) {
            owe(event.amount, from: rest, event.refundID, of: event.orderID, at: event.returnedAt)
        } else {
            owe(event.amount, for: kinds, event.refundID, of: event.orderID, at: event.returnedAt)
        }
    }

    /// A ticket takes along what its new place costs. What one costs less than before pays for those that cost more, and the
    /// rest goes back.
    mutating func swap(_ event: TicketsSwapped) throws(ProjectionFault) {
        for swap in event.swaps {
            try requireTicket(ofSeat: swap.oldSeat)
            guard (0..<seatCount).contains(swap.seat.index), !hasTicket(swap.seat.index) else {
                throw ProjectionFault("seat \(swap.seat.index) can't be swapped for")
            }
        }
        let old = event.swaps.compactMap { tickets.kind(ofSeat: $0.oldSeat) }
        for swap in event.swaps { tickets.takeTicket(ofSeat: swap.oldSeat) }
        let allocated = Set(event.allocatedSeats)
        var surplus: [MoneyOnItsWay.Part] = []
        var missing: [MoneyOnItsWay.Part] = []
        for (swap, old) in zip(event.swaps, old) {
            let channel = allocated.contains(swap.seat.index) ? channels.channel(ofSeat: swap.seat.index) : ""
            let new = kind(swap.fare, in: category(ofSeat: swap.seat.index), channel)
            tickets.put(new, onSeat: swap.seat.index, of: seatCount)
            kept.count(at: event.swappedAt, row: old.row) { $0.swappedOut += 1 }
            kept.count(at: event.swappedAt, row: new.row) { $0.swappedIn += 1 }
            move(min(old.amount, new.amount), from: old.row, to: new.row, at: event.swappedAt)
            let difference = old.amount.minus(new.amount)
            if difference > 0 {
                let fees = min(max(0, old.fee.minus(new.fee)), difference)
                let tax = min(max(0, old.tax.minus(new.tax)), difference - fees)
                surplus.append(MoneyOnItsWay.Part(row: old.row, amount: difference, fees: fees, tax: tax))
            }
            if difference < 0 { missing.append(MoneyOnItsWay.Part(row: new.row, amount: 0 - difference)) }
        }
        for part in missing {
            let (taken, left) = surplus.split(after: part.amount)
            for source in taken { move(source.amount, from: source.row, to: part.row, at: event.swappedAt) }
            surplus = left
        }
        owe(event.amount, from: surplus, event.refundID, of: event.orderID, at: event.swappedAt)
    }

    private mutating func move(_ amount: Int64, from old: Int, to new: Int, at time: Timestamp) {
        guard old != new, amount != 0 else { return }
        kept.count(at: time, row: old) { $0.exchanged.add(0 - amount) }
        kept.count(at: time, row: new) { $0.exchanged.add(amount) }
    }

    // MARK: Holds

    mutating func apply(_ event: HoldEvent) {
        switch event {
        case .placed(let hold):
            channels.place(hold)
            kept.count(at: hold.placedAt) { $0.holdsPlaced += 1 }
        case .changed(let changed): channels.change(changed)
        case .released(let ended):
            channels.end(ended.holdID)
            kept.count(at: ended.endedAt) { $0.holdsReleased += 1 }
        case .expired(let ended):
            channels.end(ended.holdID)
            kept.count(at: ended.endedAt) { $0.holdsExpired += 1 }
        }
    }
}
