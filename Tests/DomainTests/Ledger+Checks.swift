@testable import Domain
import Testing

extension Ledger {
    /// Compares what the decider believes with what the events say.
    func check(_ state: ShowState) {
        checkPlaces(state)
        checkMoney(state)
        #expect(Set(state.holds.keys) == Set(holds.keys))
        for (id, hold) in holds {
            #expect(state.holds[id]?.fencingToken == hold.token)
            #expect(state.holds[id]?.orderID == hold.order)
        }
        let releases = allocations.values.compactMap(\.releasesAt)
        let deadlines = holds.values.map(\.placed.expiresAt) + releases
        let next = isCancelled && !deadlines.isEmpty ? .distantPast : deadlines.min()
        #expect(state.nextDeadline == [next, waitlistDue].compactMap(\.self).min())
        for user in Set(holds.values.map(\.placed.userID)).union(orders.values.map(\.userID)) {
            let held = holds.values.filter { $0.placed.userID == user }
            #expect(state.placesByUser[user, default: 0] == places(of: user, in: held))
        }
        #expect(state.isCancelled == isCancelled)
        checkAdmissions(state)
        #expect(state.listings == listed)
    }

    private func checkPlaces(_ state: ShowState) {
        let statuses = seats.indices.map { status(ofSeat: $0) }
        #expect(state.seats == statuses.map(\.rawValue))
        var row = 0
        var seat = 0
        for zone in show.seatingPlan?.zones ?? [] {
            for seats in zone.rows.map(\.seats) where !seats.isEmpty {
                #expect(
                    Int(state.freeInSegment[row]) == statuses[seat..<(seat + seats.count)].count { $0 == .available })
                row += 1
                seat += seats.count
            }
        }
        #expect(state.freeInSegment.count == row)
        var freeUnits = 0
        for (index, area) in show.areas.enumerated() {
            #expect(state.freeInArea[index] == free(in: area.areaID, despite: holds.values))
            #expect((0...area.capacity).contains(state.freeInArea[index]))
            freeUnits += state.freeInArea[index]
        }
        let units = { (area: Area) in
            self.heldUnits(of: area.areaID, by: self.holds.values) + self.soldUnits(of: area.areaID)
                + self.blockedUnits(of: area.areaID)
        }
        let taken = statuses.count { $0 != .available } + show.areas.reduce(0) { $0 + units($1) }
        #expect(statuses.count { $0 == .available } + freeUnits + taken == show.capacity)
    }

    /// Money that is captured is for tickets that are somebody's, or it is owed back, or was paid back.
    private func checkMoney(_ state: ShowState) {
        #expect(Set(state.orders.keys) == Set(orders.keys))
        for (id, order) in orders {
            let over = order.tickets.filter { $0.status == .returned || $0.status == .resold }.reduce(order.saved) {
                $0 + $1.price
            }
            switch order.money {
            case .captured:
                #expect(order.unpaid == 0, "what a refund leaves unpaid is owed")
                let due = order.due.values.reduce(0, +)
                let returned = order.refunded.values.reduce(0, +) + order.external.values.reduce(0, +)
                let ended = order.tickets.filter { order.ended.contains($0.id) }.reduce(0) { $0 + $1.price }
                #expect(returned + due <= order.captured, "more goes back than was taken")
                #expect(
                    due + returned + order.writtenOff >= min(order.captured, over - ended),
                    "less goes back than is owed")
                #expect(due == 0 || due + returned <= over, "more goes back than is owed")
                if order.external.isEmpty, ended == 0, order.writtenOff == 0, order.captured == order.started.total {
                    #expect(due + returned == over, "what went or goes back is what was given back")
                }
                #expect(over + order.tickets.filter(\.isSomebodys).reduce(0) { $0 + $1.price } == order.started.total)
            case .authorized where order.phase == .sold: #expect(order.refunds.values.reduce(0, +) == over)
            case .none, .maybeAuthorized, .authorized: #expect(!order.hasTickets, "a ticket without a charge")
            }
            guard let known = state.orders[id] else { continue }
            #expect(known.refundsDue == order.due)
            #expect(known.isParked == order.isParked)
            #expect(known.needsAction == order.needsAction)
            #expect(known.isInReview == order.isInReview)
            #expect(known.disputes.mapValues(\.status) == order.disputes)
            #expect(known.tickets.map(\.status) == order.tickets.map(\.status))
            #expect(known.tickets.map(\.owner) == order.tickets.map(\.owner))
            #expect(known.tickets.map(\.generation) == order.tickets.map(\.generation))
            #expect(known.tickets.map(\.passes) == order.tickets.map(\.passes))
            #expect(known.tickets.map(\.offeredTo) == order.tickets.map(\.offeredTo))
        }
    }

    /// What the payment process has to do for an order.
    func work(of order: Order) -> [OrderRecord.Work] {
        switch (order.phase, order.money) {
        case (.authorizing, _): [.authorize]
        case (_, .none): []
        case (.failed, _): [.void]
        case (.sold, .captured): order.due.map { .refund($0.key, amount: $0.value) }
        case (.sold, _): order.hasTickets ? [.capture] : [.void]
        }
    }

    /// Compares an order's record, which others fold by themselves.
    func check(_ records: [OrderID: OrderRecord]) {
        #expect(Set(records.keys) == Set(orders.keys))
        for (id, order) in orders {
            guard let record = records[id] else { continue }
            let work = work(of: order)
            if let next = record.work {
                #expect(work.contains(next), "order \(id)")
            } else {
                #expect(work.isEmpty, "order \(id)")
            }
            #expect((record.parkedBecause != nil) == order.isParked)
            #expect((record.review != nil) == order.isInReview)
            #expect(order.isParked || order.isInReview || record.ways.isEmpty)
            #expect(!order.isParked && !order.isInReview || !record.ways.isEmpty, "nobody can do anything about \(id)")
            #expect(record.tickets.map(\.status) == order.tickets.map(\.status))
            #expect(record.tickets.map(\.owner) == order.tickets.map(\.owner))
            #expect(record.tickets.map(\.generation) == order.tickets.map(\.generation))
            #expect(record.tickets.map(\.offeredTo) == order.tickets.map(\.offeredTo))
            #expect(record.tickets.map(\.passes) == order.tickets.map(\.passes))
            for (known, ticket) in zip(record.tickets, order.tickets) where ticket.seat ?? -1 >= 0 {
                #expect(known.seat == ticket.seat.map { seats[$0].guid })
            }
            #expect(record.tickets.map { $0.fare?.amount } == order.tickets.map(\.price))
            #expect(record.tickets.map(\.area) == order.tickets.map(\.area))
            let due = Dictionary(
                uniqueKeysWithValues: record.refunds.filter { !$0.isDone }.map { ($0.refundID, $0.amount) })
            #expect(due == order.due)
            let isTakenBack = order.phase == .sold && order.money == .none
            let expected: OrderRecord.Status =
                switch order.phase {
                case .authorizing: order.needsAction ? .requiresAction : .pending
                case .failed: .failed
                case .sold: isTakenBack ? .failed : order.money == .captured ? .completed : .confirmed
                }
            #expect(record.status == expected)
            #expect((record.failure != nil) == (order.phase == .failed || order.isRevoked))
        }
    }

    // MARK: Whether a refusal is justified

    /// Whether every one of these places can be had at `now`, overdue holds not counting.
    func canHave(seats guids: [String], areas: [AreaQuantity], by user: UserID, at now: Timestamp) -> Bool {
        let live = holds.values.filter { !$0.isOver(at: now) }
        return guids.allSatisfy { guid in
            if let index = seats.firstIndex(where: { $0.guid == guid }), allocation(ofSeat: index) != nil,
                ticket(ofSeat: index) == nil
            {
                return false
            }
            guard !live.contains(where: { $0.placed.seats.contains { $0.guid == guid } }) else { return false }
            guard let index = seats.firstIndex(where: { $0.guid == guid }), let ticket = ticket(ofSeat: index) else {
                return true
            }
            return listed[index] == ticket && self.ticket(ticket)?.owner != user
        } && areas.allSatisfy { $0.quantity <= free(in: $0.areaID, despite: live) }
    }

    /// How many places a hold of the best could have at `now`. For whom accessible seats are kept, there are none where no
    /// accessible seat is.
    func available(_ wanted: PlaceHold.BestPlaces, at now: Timestamp) -> Int {
        let live = holds.values.filter { !$0.isOver(at: now) }
        let taken = Set(live.flatMap { $0.placed.seats.map(\.index) })
        let names = show.seatingPlan?.categories.map(\.name) ?? []
        let category = wanted.category
        var zoneAndRow: [(zone: String, row: String)] = []
        for zone in show.seatingPlan?.zones ?? [] {
            for row in zone.rows { zoneAndRow += row.seats.map { _ in (zone.name, row.number) } }
        }
        let free = seats.enumerated().count { index, seat in
            !taken.contains(index) && ticket(ofSeat: index) == nil && allocation(ofSeat: index) == nil
                && (category == nil || names[seat.category] == category)
                && (wanted.zone == nil || zoneAndRow[index].zone == wanted.zone)
                && wanted.rows?.contains(zoneAndRow[index].row) ?? true
        }
        // No seat of these shows is accessible.
        guard !wanted.isAccessible else { return 0 }
        guard wanted.zone == nil, wanted.rows == nil else { return free }
        let areas = show.areas.filter { category == nil || $0.category == category }
        return areas.reduce(free) { $0 + self.free(in: $1.areaID, despite: live) }
    }

    /// Whether the seats that a refusal offers instead are as many as were picked.
    func leavesNone(_ rejection: Rejection, insteadOf hold: PlaceHold) -> Bool {
        guard case .named(let picked, _) = hold.selection else { return false }
        let instead = rejection.conflicts.count { if case .instead = $0 { true } else { false } }
        return instead == picked.count && rejection.conflicts.count > instead
    }

    func isJustified(_ rejection: Rejection, of command: StartPurchase, at now: Timestamp) -> Bool {
        if command.others.count > 0 { return isJustified(rejection, ofSeveral: command, at: now) }
        return isJustified(rejection, payingFor: command.holdID, command.fencingToken, by: command.userID, at: now)
    }

    /// Of an order of several holds, the rejection names the one that it is about.
    private func isJustified(_ rejection: Rejection, ofSeveral command: StartPurchase, at now: Timestamp) -> Bool {
        var tokens = command.others
        tokens[command.holdID] = command.fencingToken
        let wanted = tokens.keys.compactMap { holds[$0]?.placed }
        switch rejection.code {
        case .tooManySeats:
            return wanted.reduce(0) { $0 + $1.seats.count + $1.areas.reduce(0) { $0 + $1.quantity } } > rejection.limit
        case .tooManyOfType:
            return wanted.reduce(0) { $0 + $1.fares.all.count { $0.ticketType == rejection.subject } } > rejection.limit
        case .mixedChannels:
            let units = wanted.flatMap(\.areas).filter { $0.areaID.rawValue == rejection.subject }
            return Set(units.map(\.allocation)).count > 1
        case .showCancelled: return isCancelled
        default: break
        }
        return tokens.contains { id, token in
            var one = rejection
            if one.code != .alreadyOrdered {
                guard one.subject == id.rawValue else { return false }
                one.subject = ""
            }
            return isJustified(one, payingFor: id, token, by: command.userID, at: now)
        }
    }

    private func isJustified(
        _ rejection: Rejection, payingFor id: HoldID, _ token: Int64, by user: UserID, at now: Timestamp
    ) -> Bool {
        let hold = holds[id]
        switch rejection {
        case .showCancelled: return isCancelled
        case .holdNotFound: return hold == nil || hold?.placed.userID != user || hold?.isOver(at: now) == true
        case .purchaseInProgress: return lastOrder(of: id, by: user)?.phase == .authorizing
        case .staleFencingToken: return hold?.token != token
        case let other where other.code == .alreadyOrdered:
            let order = lastOrder(of: id, by: user)
            return order?.isBought == true && order?.id.rawValue == other.subject
        default: return false
        }
    }

    /// The caller's own: a hold is paid for by one order at a time, and by none after one that succeeded.
    private func lastOrder(of hold: HoldID, by user: UserID) -> Order? {
        let own = orders.values.filter { $0.holds.contains(hold) && $0.userID == user }
        return own.first { $0.phase != .failed }
    }

    func isJustified(_ rejection: Rejection, of step: PaymentStep, _ id: OrderID) -> Bool {
        guard let order = orders[id] else { return rejection == .orderNotFound }
        switch (rejection, step) {
        case (.paymentNotParked, .resumed): return !order.isParked
        case (.orderNotVoidable, .abandoned):
            return order.phase == .failed || order.phase == .sold && (order.money != .authorized || !order.hasTickets)
        case (.paymentNotParked, .accepted): return !order.isParked && !order.isInReview
        case (.paymentNotAcceptable, .accepted):
            return order.isParked && order.money != .captured && (order.phase == .authorizing || order.hasTickets)
        case (.showCancelled, .suspended), (.showCancelled, .restored), (.showCancelled, .ended): return isCancelled
        case (.orderNotCompleted, .ended): return order.money != .captured
        case (let other, .suspended(let numbers)):
            return isJustified(other, order, numbers) { $0.isSomebodys && $0.status != .suspended }
        case (let other, .restored(let numbers)): return isJustified(other, order, numbers) { $0.status == .suspended }
        case (let other, .ended(let numbers)): return isJustified(other, order, numbers) { $0.isSomebodys }
        default: return false
        }
    }

    private func isJustified(
        _ rejection: Rejection, _ order: Order, _ numbers: [Int]?, isEligible: (Ticket) -> Bool
    ) -> Bool {
        let isKnown = { (number: Int) in (1...max(1, order.tickets.count)).contains(number) && !order.tickets.isEmpty }
        switch (rejection.code, numbers) {
        case (.ticketNotFound, nil): return !order.tickets.contains(where: isEligible)
        case (.ticketNotFound, let numbers?): return numbers.isEmpty || numbers.contains { !isKnown($0) }
        case (.ticketUnusable, _) where rejection.ticketUse == .beingBought:
            return order.tickets.contains { $0.status == .listed && $0.seat.flatMap { holder(ofSeat: $0) } != nil }
        case (.ticketUnusable, let numbers?):
            return numbers.contains { isKnown($0) && !isEligible(order.tickets[$0 - 1]) }
        default: return false
        }
    }

    func isJustified(_ rejection: Rejection, refunding numbers: [Int]?, of id: OrderID, by user: UserID?) -> Bool {
        guard let order = orders[id], user == nil || user == order.userID else { return rejection == .orderNotFound }
        let wanted = numbers ?? order.tickets.indices.filter { order.tickets[$0].isSomebodys }.map { $0 + 1 }
        switch rejection.code {
        case .showCancelled: return isCancelled
        case .orderNotCompleted: return order.money != .captured
        case .ticketNotFound: return wanted.contains { !(1...order.tickets.count).contains($0) }
        case .ticketUnusable:
            return wanted.isEmpty
                || wanted.contains {
                    let ticket = order.tickets[$0 - 1]
                    return ticket.status != .valid || ticket.owner != order.userID || ticket.offeredTo != nil
                }
        default: return false
        }
    }

    func isJustified(_ rejection: Rejection, of swap: SwapTickets, at now: Timestamp) -> Bool {
        guard let order = orders[swap.orderID] else { return rejection == .orderNotFound }
        let tickets = swap.seats.keys.filter { (1...max(1, order.tickets.count)).contains($0) }
            .compactMap { order.tickets.isEmpty ? nil : order.tickets[$0 - 1] }
        let guids = swap.seats.values.map(\.guid)
        switch rejection.code {
        case .showCancelled: return isCancelled
        case .orderNotCompleted: return order.money != .captured
        case .ticketNotFound: return tickets.count < swap.seats.count
        case .ticketUnusable:
            return tickets.contains { $0.status != .valid || $0.offeredTo != nil || $0.owner != order.userID }
        case .notSwappable: return tickets.contains { $0.seat == nil }
        case .unknownSeat: return !seats.contains { $0.guid == rejection.subject }
        case .duplicateSeat: return Set(guids).count < guids.count
        case .seatsUnavailable:
            return !swap.channels.isEmpty
                || guids.contains { guid in
                    let isListed = seats.firstIndex { $0.guid == guid }.map { listed[$0] != nil } ?? false
                    return isListed || !canHave(seats: [guid], areas: [], by: order.userID, at: now)
                }
        case .unknownTicketType: return swap.seats.values.contains { $0.ticketType == rejection.subject }
        case .tooManyOfType: return !show.ticketTypes.isEmpty && !swap.waivesDifference
        case .swapCostsMore: return rejection.limit > 0 && !swap.waivesDifference
        default: return false
        }
    }

    func isJustified(_ rejection: Rejection, of step: TicketStep, _ id: TicketID, by user: UserID, at now: Timestamp)
        -> Bool
    {
        guard let ticket = ticket(id) else { return rejection == .ticketNotFound }
        if isCancelled { return rejection == .showCancelled }
        switch (rejection.code, step) {
        case (.ticketNotFound, .accept): return ticket.offeredTo != user && ticket.owner != user
        case (.ticketNotFound, .withdrawOffer): return ticket.owner != user && ticket.offeredTo != user
        case (.ticketNotFound, .offer), (.ticketNotFound, .list), (.ticketNotFound, .unlist):
            return ticket.owner != user
        case (.ticketAlreadyScanned, .scan(let scan)):
            return scan.direction == .entry && ticket.status == .scanned && ticket.passes.last?.at == rejection.time
                && ticket.passes.last?.gate == rejection.subject
        case (.ticketWrongArea, .scan(let scan)): return scan.areas?.contains(rejection.subject) == false
        case (.ticketWrongArea, .undoScan(let areas)): return areas?.contains(rejection.subject) == false
        case (.ticketUnusable, _): return isUnusable(ticket, rejection.ticketUse, for: step, by: user, at: now)
        case (.notResellable, .list): return ticket.seat == nil
        case (.orderNotCompleted, .list):
            return orders.values.contains { $0.money != .captured && $0.tickets.contains { $0.id == id } }
        default: return false
        }
    }

    private func isUnusable(
        _ ticket: Ticket, _ use: Rejection.TicketUse?, for step: TicketStep, by user: UserID, at now: Timestamp
    ) -> Bool {
        switch (use, step) {
        case (.transferred?, .scan(let scan)): return scan.generation != ticket.generation
        case (.notScanned?, .scan(let scan)): return scan.direction == .exit && ticket.status == .valid
        case (.notScanned?, .undoScan): return ticket.status == .valid
        case (.outside?, .scan(let scan)): return scan.direction == .exit && ticket.status == .outside
        case (.scanned?, .scan), (.scanned?, .undoScan), (.outside?, .undoScan), (.tooManyScans?, _): return false
        case (.notOffered?, .accept), (.notOffered?, .withdrawOffer):
            return ticket.offeredTo == nil || ticket.offeredTo != user
        case (.offered?, .offer), (.offered?, .list): return ticket.offeredTo != nil
        case (.notListed?, .unlist): return ticket.status != .listed
        case (.beingBought?, .unlist):
            return ticket.seat.flatMap { holder(ofSeat: $0) }.flatMap { holds[$0] }?.isOver(at: now) == false
        case (.transferred?, .list):
            return !orders.values.contains { $0.userID == user && $0.tickets.contains { $0.id == ticket.id } }
        case (let use?, _): return use.rawValue == ticket.status.rawValue
        case (nil, _): return false
        }
    }
}
