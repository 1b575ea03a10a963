// Which ticket type each place of a hold is sold as.
extension ShowState {
    /// The fares of places that were chosen, as the wish says; in order.
    ///
    /// A seat that its owner offers costs what the owner paid for it, and as the type that the owner bought.
    func fares(
        of choice: SeatChoice, _ wish: TicketTypeChoice, _ layout: ShowLayout
    ) throws(Rejection) -> FareList {
        var chosen: [ChosenFare] = []
        for index in choice.seatIndexes {
            let category = layout.category(ofSeat: index)
            if let listed = resaleFare(ofSeat: index) {
                chosen.append(ChosenFare(place: .seat(index), category: category, fare: listed, isFixed: true))
            } else {
                chosen.append(
                    ChosenFare(place: .seat(index), category: category, fare: layout.usualFare(ofSeat: index)))
            }
        }
        for (index, quantity) in choice.areas {
            let area = layout.show.areas[index]
            let unit = ChosenFare(
                place: .area(area.areaID), category: area.category, fare: layout.usualFare(ofArea: index))
            chosen += repeatElement(unit, count: quantity)
        }
        return try layout.fares(of: chosen, wish)
    }

    /// Of a seat that is for resale; nil for any other.
    func resaleFare(ofSeat index: Int) -> Fare? {
        guard has(index, .resale) else { return nil }
        return listings[index].flatMap(ticket)?.ticket.fare
    }
}

/// A place that is to be sold, and what it costs if nobody asks for another type.
struct ChosenFare {
    var place: ShowState.Ticket.Place
    /// By its name.
    var category: String
    var fare: Fare
    /// Whatever is asked for: it is what it is.
    var isFixed = false
}

extension ShowLayout {
    /// Gives the places the types that are asked for, and sees that there are neither too few nor too many of any.
    func fares(of places: [ChosenFare], _ wish: TicketTypeChoice) throws(Rejection) -> FareList {
        var places = places
        switch wish {
        case _ where wish.isUsual: break
        case .named(let seats, let areas): try name(seats, areas, in: &places)
        case .counted(let counts): try count(counts, in: &places)
        }
        if !show.ticketTypes.isEmpty { try requireLimits(places) }
        return FareList(places.lazy.map(\.fare))
    }

    private func name(
        _ seats: [String: String], _ areas: [AreaID: [String: Int]], in places: inout [ChosenFare]
    ) throws(Rejection) {
        var named = 0
        for index in places.indices {
            guard let guid = guid(places[index].place), let type = seats[guid] else { continue }
            named += 1
            try places[index].become(type, of: show)
        }
        if named < seats.count {
            let chosen = Set(places.compactMap { guid($0.place) })
            throw .notInHold(seats.keys.filter { !chosen.contains($0) }.min() ?? "")
        }
        for (area, counts) in areas.sorted(by: { $0.key < $1.key }) {
            var units = places.indices.filter { places[$0].place == .area(area) }[...]
            guard !units.isEmpty else { throw .notInHold(area.rawValue) }
            for (type, count) in counts.sorted(by: { $0.key < $1.key }) {
                guard count <= units.count else { throw .tooManyOfType(type, limit: units.count) }
                for unit in units.prefix(count) { try places[unit].become(type, of: show) }
                units = units.dropFirst(count)
            }
        }
    }

    private func guid(_ place: ShowState.Ticket.Place) -> String? {
        guard case .seat(let index) = place, seatGuids.indices.contains(index) else { return nil }
        return seatGuids[index]
    }

    private func count(_ counts: [String: Int], in places: inout [ChosenFare]) throws(Rejection) {
        var missing = counts.filter { $0.value > 0 }
        for index in places.indices where !places[index].isFixed {
            let types = show.ticketTypes[places[index].category] ?? []
            guard let type = types.first(where: { missing[$0.name] != nil }) else { continue }
            places[index].fare = type.fare
            missing[type.name] = missing[type.name].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
        if let type = missing.keys.min() { throw .unknownTicketType(type) }
    }

    /// Sees that there are not too many of any type.
    func requireNotTooMany(of places: [ChosenFare]) throws(Rejection) {
        if !show.ticketTypes.isEmpty { try requireLimits(places, alsoLower: false) }
    }

    private func requireLimits(_ places: [ChosenFare], alsoLower: Bool = true) throws(Rejection) {
        var counts: [String: [String: Int]] = [:]
        for place in places where !place.fare.ticketType.isEmpty && !place.isFixed {
            counts[place.category, default: [:]][place.fare.ticketType, default: 0] += 1
        }
        for (category, counts) in counts.sorted(by: { $0.key < $1.key }) {
            for type in show.ticketTypes[category] ?? [] {
                guard let count = counts[type.name] else { continue }
                guard !alsoLower || count >= type.minPerOrder else {
                    throw .tooFewOfType(type.name, limit: type.minPerOrder)
                }
                guard count <= type.maxPerOrder ?? count else {
                    throw .tooManyOfType(type.name, limit: type.maxPerOrder ?? 0)
                }
            }
        }
    }
}

extension ChosenFare {
    mutating func become(_ type: String, of show: ShowCreated) throws(Rejection) {
        if isFixed {
            guard fare.ticketType == type else { throw .unknownTicketType(type) }
            return
        }
        guard let wanted = show.ticketTypes[category]?.first(where: { $0.name == type }) else {
            throw .unknownTicketType(type)
        }
        fare = wanted.fare
    }
}
