import Contract
import Domain
public import Projection
import SwiftProtobuf

extension Sales {
    public var encoded: [UInt8] {
        canonicalBytes(
            of: Holdfast_V1_SalesSnapshot.with { snapshot in
                snapshot.shows = order.compactMap { shows[$0] }.map(Holdfast_V1_SalesSnapshot.Show.init)
            })
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        self.init()
        do {
            for message in try Holdfast_V1_SalesSnapshot(serializedBytes: encoded).shows {
                let show = try ShowSales(message)
                guard shows[show.kept.showID] == nil else {
                    throw ProjectionFault("show \(message.showID) is there twice")
                }
                insert(show)
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    /// A line for each show, for each kind of its tickets, for each hour or day, and for what is on its way.
    public var lines: [String] {
        order.compactMap { shows[$0] }.flatMap { show -> [String] in
            let (report, id) = (show.report, LineValue.text(show.kept.showID.rawValue))
            let whole = jsonLine(
                [
                    ("show", id), ("currency", .text(report.currency)), ("version", .number(report.version)),
                    ("refundsDue", .number(report.refundsDue)),
                    ("liveTickets", .number(Int64(show.tickets.slots.reduce(0) { $0 + $1.uses }))),
                ] + report.total.members)
            let rows = report.rows.map { jsonLine([("show", id)] + $0.kind.members + $0.figures.members) }
            let buckets = report.buckets.map { bucket in
                jsonLine(
                    [("show", id), ("from", .text(bucket.start.rfc3339)), ("hours", .number(bucket.hourCount))]
                        + bucket.figures.members)
            }
            let payments = show.money.payments.map { payment in
                jsonLine([
                    ("show", id), ("order", .text(payment.orderID)), ("refund", .text(payment.refundID)),
                    ("parts", .texts(payment.parts.map { "\($0.row):\($0.amount)" })),
                ])
            }
            let credits = show.money.credits.sorted { $0.key < $1.key }.map { order, amount in
                jsonLine([("show", id), ("order", .text(order.rawValue)), ("credit", .number(amount))])
            }
            return [whole] + rows + buckets + payments + credits
        }
    }
}

extension SalesFigures {
    fileprivate var members: [(key: String, value: LineValue)] {
        [
            ("sold", sold), ("returned", returned), ("resold", resold), ("swappedIn", swappedIn),
            ("swappedOut", swappedOut), ("orders", orders), ("holdsPlaced", holdsPlaced),
            ("holdsReleased", holdsReleased), ("holdsExpired", holdsExpired), ("holdsBought", holdsBought),
            ("gross", gross), ("fees", fees), ("tax", tax), ("exchanged", exchanged), ("refunded", refunded),
            ("feesRefunded", feesRefunded), ("taxRefunded", taxRefunded),
        ].map { ($0.0, .number($0.1)) }
    }

    fileprivate init(_ message: Holdfast_V1_SalesSnapshot.Figures) {
        self.init()
        // A damaged snapshot may say anything: what is counted on must not overflow.
        sold = Int64(0).plus(message.sold)
        returned = Int64(0).plus(message.returned)
        resold = Int64(0).plus(message.resold)
        swappedIn = Int64(0).plus(message.swappedIn)
        swappedOut = Int64(0).plus(message.swappedOut)
        orders = Int64(0).plus(message.orders)
        holdsPlaced = Int64(0).plus(message.holdsPlaced)
        holdsReleased = Int64(0).plus(message.holdsReleased)
        holdsExpired = Int64(0).plus(message.holdsExpired)
        holdsBought = Int64(0).plus(message.holdsBought)
        gross = Int64(0).plus(message.gross)
        fees = Int64(0).plus(message.fees)
        tax = Int64(0).plus(message.tax)
        exchanged = Int64(0).plus(message.exchanged)
        refunded = Int64(0).plus(message.refunded)
        feesRefunded = Int64(0).plus(message.feesRefunded)
        taxRefunded = Int64(0).plus(message.taxRefunded)
    }
}

extension Holdfast_V1_SalesSnapshot.Figures {
    fileprivate init(_ figures: SalesFigures) {
        self.init()
        sold = figures.sold
        returned = figures.returned
        resold = figures.resold
        swappedIn = figures.swappedIn
        swappedOut = figures.swappedOut
        orders = figures.orders
        holdsPlaced = figures.holdsPlaced
        holdsReleased = figures.holdsReleased
        holdsExpired = figures.holdsExpired
        holdsBought = figures.holdsBought
        gross = figures.gross
        fees = figures.fees
        tax = figures.tax
        exchanged = figures.exchanged
        refunded = figures.refunded
        feesRefunded = figures.feesRefunded
        taxRefunded = figures.taxRefunded
    }
}

extension SalesReport.Kind {
    fileprivate var members: [(key: String, value: LineValue)] {
        switch self {
        case .tickets(let category, let ticketType, let channel):
            [("category", .text(category)), ("ticketType", .text(ticketType)), ("channel", .text(channel))]
        case .rest: [("rest", .number(1))]
        }
    }
}

extension SalesReport.Row {
    fileprivate init(_ message: Holdfast_V1_SalesSnapshot.Row) {
        self.init(
            kind: message.isRest
                ? .rest
                : .tickets(category: message.category, ticketType: message.ticketType, channel: message.channel),
            figures: SalesFigures(message.figures))
    }
}

extension Holdfast_V1_SalesSnapshot.Row {
    fileprivate init(_ row: SalesReport.Row) {
        self.init()
        figures = Holdfast_V1_SalesSnapshot.Figures(row.figures)
        switch row.kind {
        case .tickets(let category, let ticketType, let channel):
            (self.category, self.ticketType, self.channel) = (category, ticketType, channel)
        case .rest: isRest = true
        }
    }
}

extension SalesReport.Bucket {
    fileprivate init(_ message: Holdfast_V1_SalesSnapshot.Bucket) {
        self.init(
            firstHour: message.firstHour, hourCount: message.hourCount, figures: SalesFigures(message.figures))
    }
}

extension Holdfast_V1_SalesSnapshot.Bucket {
    fileprivate init(_ bucket: SalesReport.Bucket) {
        self.init()
        firstHour = bucket.firstHour
        hourCount = bucket.hourCount
        figures = Holdfast_V1_SalesSnapshot.Figures(bucket.figures)
    }
}

extension Holdfast_V1_SalesSnapshot.Show {
    fileprivate init(_ show: ShowSales) {
        self.init()
        let report = show.kept
        showID = report.showID.rawValue
        name = report.name
        currency = report.currency
        startsAt = report.startsAt.microseconds
        organisationID = report.organisationID.rawValue
        version = report.version
        rows = report.rows.map(Holdfast_V1_SalesSnapshot.Row.init)
        days = report.days.map(Holdfast_V1_SalesSnapshot.Bucket.init)
        hours = report.hours.map(Holdfast_V1_SalesSnapshot.Bucket.init)
        categories = show.categories
        categoryRuns = show.runs.map { run in
            .with {
                $0.category = UInt32(run.category)
                $0.end = UInt32(run.end)
            }
        }
        for (area, category) in show.categoryOfArea { areaCategories[area.rawValue] = category }
        usualFares = show.usualFares.mapValues { fare in
            .with {
                $0.ticketType = fare.ticketType
                $0.price = fare.price
                $0.fee = fare.fee
                $0.tax = fare.tax
            }
        }
        slots = show.tickets.slots.map { slot in
            .with {
                $0.row = UInt32(slot.kind.row)
                $0.price = slot.kind.price
                $0.fee = slot.kind.fee
                $0.tax = slot.kind.tax
                $0.uses = UInt32(slot.uses)
            }
        }
        seats = show.tickets.ofSeat
        units = show.tickets.units.sorted { $0.key < $1.key }.map { order, units in
            .with {
                $0.orderID = order.rawValue
                $0.firstNumber = UInt32(units.firstNumber)
                $0.slots = units.slots
            }
        }
        allocations = show.channels.allocations.map(Holdfast_V1_Allocation.init)
        held = show.channels.ofHold.sorted { $0.key < $1.key }.map {
            Holdfast_V1_SalesSnapshot.Places($0.value, of: $0.key.rawValue)
        }
        ordered = show.channels.ofOrder.sorted { $0.key < $1.key }.map {
            Holdfast_V1_SalesSnapshot.Places($0.value, of: $0.key.rawValue)
        }
        payments = show.money.payments
        for (order, amount) in show.money.credits { credits[order.rawValue] = amount }
    }
}

extension Holdfast_V1_SalesSnapshot.Places {
    fileprivate init(_ places: ChannelsOfPlaces.Places, of id: String) {
        self.init()
        self.id = id
        seats = places.seats
        for (area, channel) in places.areas { areas[area.rawValue] = channel }
    }
}

extension ChannelsOfPlaces.Places {
    fileprivate init(_ message: Holdfast_V1_SalesSnapshot.Places) {
        self.init(seats: message.seats)
        for (area, channel) in message.areas { areas[AreaID(area)] = channel }
    }
}

extension MoneyOnItsWay.Part {
    /// Nothing that a sum is clamped to, or beyond.
    fileprivate var isPossible: Bool {
        [amount, fees, tax].allSatisfy { Int64(0).plus($0) == $0 }
    }

    fileprivate init(_ message: Holdfast_V1_SalesSnapshot.Part) {
        self.init(row: Int(message.row), amount: message.amount, fees: message.fees, tax: message.tax)
    }
}

extension MoneyOnItsWay {
    fileprivate var payments: [Holdfast_V1_SalesSnapshot.Payment] {
        captures.sorted { $0.key < $1.key }.map { Holdfast_V1_SalesSnapshot.Payment($0.value, "", of: $0.key) }
            + refunds.sorted { $0.key < $1.key }.flatMap { order, refunds in
                refunds.map { Holdfast_V1_SalesSnapshot.Payment($0.parts, $0.refundID.rawValue, of: order) }
            }
            + renamed.sorted { $0.key < $1.key }.map { order, parts in
                var payment = Holdfast_V1_SalesSnapshot.Payment(parts, "", of: order)
                payment.isRenamed = true
                return payment
            }
    }
}

extension Holdfast_V1_SalesSnapshot.Payment {
    fileprivate init(_ parts: [MoneyOnItsWay.Part], _ refund: String, of order: OrderID) {
        self.init()
        orderID = order.rawValue
        refundID = refund
        self.parts = parts.map { part in
            .with {
                $0.row = UInt32(part.row)
                $0.amount = part.amount
                $0.fees = part.fees
                $0.tax = part.tax
            }
        }
    }
}

extension ShowSales {
    fileprivate init(_ message: Holdfast_V1_SalesSnapshot.Show) throws {
        var report = SalesReport(message)
        let damaged = ProjectionFault("the parts of show \(message.showID) don't fit together")
        let known = report.restore(
            message.rows.map(SalesReport.Row.init), days: message.days.map(SalesReport.Bucket.init),
            hours: message.hours.map(SalesReport.Bucket.init))
        guard known else { throw damaged }
        self.init(report)
        categories = message.categories
        runs = message.categoryRuns.map { CategoryRun(category: Int($0.category), end: Int($0.end)) }
        guard runs.allSatisfy({ categories.indices.contains($0.category) }),
            zip(runs, runs.dropFirst()).allSatisfy({ $0.end < $1.end }), runs.first?.end != 0,
            message.seats.isEmpty || message.seats.count == seatCount
        else { throw damaged }
        for (area, category) in message.areaCategories { categoryOfArea[AreaID(area)] = category }
        usualFares = message.usualFares.mapValues {
            Fare(ticketType: $0.ticketType, price: $0.price, fee: $0.fee, tax: $0.tax)
        }
        let units = message.units.map {
            (OrderID($0.orderID), SoldTickets.Units(firstNumber: Int($0.firstNumber), slots: $0.slots))
        }
        let slots = message.slots.map { slot in
            SoldTickets.Slot(
                kind: SoldTickets.Kind(row: Int(slot.row), price: slot.price, fee: slot.fee, tax: slot.tax),
                uses: Int(slot.uses))
        }
        guard
            let tickets = SoldTickets(
                slots: slots, ofSeat: message.seats, units: Dictionary(units, uniquingKeysWith: { $1 }),
                rowCount: report.rows.count)
        else { throw damaged }
        self.tickets = tickets
        channels.allocations = message.allocations.map(Allocation.init)
        for places in message.held { channels.ofHold[HoldID(places.id)] = ChannelsOfPlaces.Places(places) }
        for places in message.ordered { channels.ofOrder[OrderID(places.id)] = ChannelsOfPlaces.Places(places) }
        for payment in message.payments {
            let (order, parts) = (OrderID(payment.orderID), payment.parts.map(MoneyOnItsWay.Part.init))
            guard parts.allSatisfy({ report.rows.indices.contains($0.row) && $0.isPossible }) else { throw damaged }
            if payment.isRenamed {
                money.renamed[order] = parts
            } else if payment.refundID.isEmpty {
                money.captures[order] = parts
            } else {
                money.owe(parts, RefundID(payment.refundID), of: order)
            }
        }
        for (order, amount) in message.credits {
            guard amount > 0, Int64(0).plus(amount) == amount else { throw damaged }
            money.credits[OrderID(order)] = amount
        }
    }
}

extension SalesReport {
    fileprivate init(_ message: Holdfast_V1_SalesSnapshot.Show) {
        self.init(
            showID: ShowID(message.showID), name: message.name, currency: message.currency,
            startsAt: Timestamp(microseconds: message.startsAt),
            organisationID: OrganisationID(message.organisationID), version: message.version)
    }
}
