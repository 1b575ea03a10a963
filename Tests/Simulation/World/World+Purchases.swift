import Domain
import Sequencing

/// What clients do with what they hold, and with what they bought.
extension World {
    func buy(_ client: Int) {
        // Older ones have ended, most of them.
        let wanted =
            random.isLucky(perMille: 700)
            ? clients[client].holds.last : clients[client].holds.randomElement(using: &random)
        guard let hold = wanted else { return placeHold(client) }
        order(hold, for: client)
    }

    func order(_ hold: HoldID, for client: Int) {
        let id = clients[client].commandID(key: clients[client].commands.count)
        guard let show = hold.show, let token = clients[client].fencingTokens[hold] else {
            preconditionFailure("hold \(hold) was not granted here")
        }
        let purchase = StartPurchase(
            orderID: OrderID(on: show, placedBy: id), holdID: hold, userID: clients[client].user,
            fencingToken: random.isLucky(perMille: 60) ? token - 1 : token, others: others(besides: hold, of: client),
            paymentMethod: someCard().rawValue)
        send(.startPurchase(purchase), on: show, by: client)
    }

    /// Some of the client's other holds of the show, to be paid for together.
    private func others(besides hold: HoldID, of client: Int) -> [HoldID: Int64] {
        guard random.isLucky(perMille: 250) else { return [:] }
        let tokens = clients[client].fencingTokens
        let live = clients[client].holds.suffix(5).filter {
            $0 != hold && $0.show == hold.show && judge.ledger.isLive($0)
        }
        return Dictionary(uniqueKeysWithValues: Set(live.suffix(2)).compactMap { id in tokens[id].map { (id, $0) } })
    }

    private func someCard() -> Card {
        switch random.int(0...99) {
        case 0...69: .good
        case 70...79: .declined
        case 80...87: .slow
        case 88...91: .slowAndDeclined
        case 92...95: .refused
        default: .uncapturable
        }
    }

    /// Most have three tickets at most, and who they belong to by now need not be known.
    func useTicket(_ client: Int) {
        let user = clients[client].user
        if let offered = judge.ledger.offers(to: user).randomElement(using: &random), let show = offered.order?.show,
            random.isLucky(perMille: 300)
        {
            return send(.ticket(.accept, offered, by: user), on: show, by: client)
        }
        // Somebody else's order now and then: of what was offered to this one, or of what is none of theirs.
        let owner = random.isLucky(perMille: 250) ? random.int(0...(scenario.clients - 1)) : client
        let sold = clients[owner].orders.filter { judge.ledger.orders[$0]?.status == .sold }
        let orders = random.isLucky(perMille: 900) ? sold : clients[owner].orders
        guard let order = orders.randomElement(using: &random), let show = order.show else { return buy(client) }
        let ticket = TicketID(random.int(1...3), of: order)
        let command: ShowCommand
        switch random.int(0...99) {
        case 0...39: command = .ticket(.list, ticket, by: user)
        case 40...44: command = .ticket(.unlist, ticket, by: user)
        case 45...59:
            let tickets = random.isLucky(perMille: 500) ? nil : [random.int(1...3)]
            command = .refund(order, tickets: tickets, by: random.isLucky(perMille: 100) ? nil : user)
        case 60...69: command = door(ticket, by: user)
        case 70...84:
            let receiver = clients[random.int(0...(scenario.clients - 1))].user
            command = .ticket(.offer(to: receiver), ticket, by: user)
        case 85...94: command = .ticket(.accept, ticket, by: user)
        default: command = .ticket(.withdrawOffer, ticket, by: user)
        }
        send(command, on: show, by: client)
    }

    /// Scans it on the way in or out, takes a scan back, or uploads what a device without a network scanned.
    private func door(_ ticket: TicketID, by user: UserID) -> ShowCommand {
        let direction: DoorPass.Direction = random.isLucky(perMille: 700) ? .entry : .exit
        let generation = random.int(1...2)
        switch random.int(0...9) {
        case 0...5: return .ticket(.scan(TicketScan(generation: generation, direction: direction)), ticket, by: user)
        case 6...7:
            // There is seldom a scan to take back, so one is looked for.
            let scanned = ticket.order?.show.flatMap(judge.ledger.scannedTicket)
            return .ticket(.undoScan(areas: nil), scanned ?? ticket, by: user)
        default:
            // Whatever the device's clock says, it says the same of both.
            let at = Timestamp(microseconds: Self.firstTime + now - Int64(random.int(0...2_000_000)))
            return .uploadScans(
                ScanUpload(
                    [DoorPass.Direction.entry, direction].map {
                        ScanUpload.Scan(ticketID: ticket, code: .generation(generation), direction: $0, at: at)
                    }, by: user))
        }
    }

    // MARK: The operator

    var operatorNumber: Int { scenario.clients }

    /// Looks after payments that are parked, and cancels a show now and then. It stays to the end.
    func operate() {
        if let parked = judge.parked.randomElement(using: &random), let show = parked.show {
            return send(
                .payment(random.isLucky(perMille: 600) ? .resumed : .abandoned, of: parked), on: show,
                by: operatorNumber)
        }
        if !isEnding, areShowsMade, random.isLucky(perMille: 300) { return runOffice() }
        if !isEnding, scenario.cancelsShows, areShowsMade, random.isLucky(perMille: 60) {
            return send(.cancelShow, on: random.pick(showIDs), by: operatorNumber)
        }
        plan(.clientActs(operatorNumber), in: random.moment(.milliseconds(20)...(.milliseconds(150))))
    }
}
