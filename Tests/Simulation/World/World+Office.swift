import Domain

/// What changes about holds, and what the box office does with shows and with what is sold.
extension World {
    /// Every other client may buy what is kept for a channel.
    func channels(of client: Int) -> Set<String> { client % 2 == 0 ? ["club"] : [] }

    /// Adds or drops places, or asks for more time.
    func changeHold(_ client: Int) {
        guard let hold = clients[client].holds.last, let show = hold.show else { return placeHold(client) }
        let user = clients[client].user
        guard random.isLucky(perMille: 700) else { return send(.extendHold(hold, by: user), on: show, by: client) }
        var change = ChangeHold(holdID: hold, userID: user, channels: channels(of: client))
        if random.isLucky(perMille: 600) { change.addedSeats = [random.pick(seatGuids)] }
        if !areaIDs.isEmpty, random.isLucky(perMille: 200) { change.addedAreas = [someUnits()] }
        if let placed = judge.ledger.hold(hold)?.placed, random.isLucky(perMille: 500) {
            if let seat = placed.seats.randomElement(using: &random) { change.droppedSeats = [seat.guid] }
            if let area = placed.areas.randomElement(using: &random), random.isLucky(perMille: 500) {
                change.droppedAreas = [AreaQuantity(areaID: area.areaID, quantity: random.int(1...area.quantity))]
            }
        }
        send(.changeHold(change), on: show, by: client)
    }

    /// Something that the operator does unasked.
    func runOffice() {
        let show = random.pick(showIDs)
        switch random.int(0...9) {
        case 0...1:
            // Of seats alone, so that units of areas always cost the same.
            let price = Int64(random.int(1...9)) * 1_000
            send(.change(ShowChange([.price("A", price)])), on: show, by: operatorNumber)
        case 2...3: send(.allocate(someAllocations()), on: show, by: operatorNumber)
        case 4: moveMoney(on: show)
        default:
            let sold = judge.ledger.orders.filter { $0.value.status == .sold && $0.value.show == show }
            let suspended = sold.filter { $0.value.tickets.contains { $0.isSuspended && $0.isSomebodys } }.keys.sorted()
            if let order = suspended.randomElement(using: &random), random.isLucky(perMille: 300) {
                return send(.payment(.restored(nil), of: order), on: show, by: operatorNumber)
            }
            guard let order = sold.keys.sorted().randomElement(using: &random) else {
                return plan(.clientActs(operatorNumber), in: random.moment(.milliseconds(5)...(.milliseconds(50))))
            }
            send(deal(with: order), on: show, by: operatorNumber)
        }
    }

    private func someAllocations() -> [AllocationWish] {
        var seats = Set((0..<random.int(0...2)).map { _ in random.pick(seatGuids) }).sorted()[...]
        let club = seats.popFirst()
        let lasts = Timestamp(microseconds: Self.firstTime + now).adding(seconds: Int64(random.int(1...3)))
        let releasesAt = random.isLucky(perMille: 500) ? lasts : nil
        return [("club", "club", club), ("house", nil, seats.popFirst())].compactMap { name, channel, seat in
            seat.map {
                AllocationWish(
                    name: name, channel: channel, label: "kept", seats: [$0], areas: [], releasesAt: releasesAt)
            }
        }
    }

    private func deal(with order: OrderID) -> ShowCommand {
        switch random.int(0...9) {
        case 0: return .payment(.suspended(random.isLucky(perMille: 500) ? nil : [random.int(1...3)]), of: order)
        case 1: return .payment(.restored(nil), of: order)
        case 2: return .payment(.ended([random.int(1...3)]), of: order)
        default:
            // Mostly a seat that is free, as far as anybody knows.
            let free = order.show.map(judge.ledger.freeSeats) ?? []
            let wanted = free.randomElement(using: &random).map { seatGuids[$0] }
            let guid = random.isLucky(perMille: 800) ? wanted ?? random.pick(seatGuids) : random.pick(seatGuids)
            return .swap(
                SwapTickets(
                    orderID: order, seats: [random.int(1...2): SwapTickets.Seat(guid: guid)],
                    waivesDifference: random.isLucky(perMille: 400), by: clients[operatorNumber].user,
                    channels: random.isLucky(perMille: 500) ? ["club"] : []))
        }
    }
}
