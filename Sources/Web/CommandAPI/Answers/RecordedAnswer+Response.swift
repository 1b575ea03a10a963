import Domain
import EventLog
import HTTPServer
import HTTPTypes
import Sequencing
import Text
import WebAPI

extension RecordedAnswer {
    /// Made from the recorded events alone, so it never changes.
    func response() throws(Problem) -> WholeResponse {
        if case .rejected(let rejection) = outcome { throw Problem(rejection, at: token) }
        if let roomAnswer { return WholeResponse.json(.ok, token: token) { write(roomAnswer, into: &$0) } }
        if let organisationEvent { return organisationEvent.response(at: token) }
        if let venue { return written(.created, at: "/api/v1/venues/\(venue.venueID)") }
        switch own?.event {
        // Where there is no event, things were so already.
        case nil, .hold(.released), .hold(.expired), .waitlist(.left): return WholeResponse.noContent(token)
        case .created(let show): return written(.created, at: "/api/v1/shows/\(show.showID)")
        case .hold(.placed(let hold)): return written(.created, at: "/api/v1/holds/\(hold.holdID)")
        case .waitlist(.joined(let entry)): return written(.created, at: "/api/v1/waitlist/\(entry.entryID)")
        case .ticket(.changed(let changed)) where changed.change.isUndoing: return WholeResponse.noContent(token)
        case .changed, .places, .allocations, .admission, .hold(.changed), .order, .ticket, .cancelled, .waitlist:
            return written(.ok, at: nil)
        }
    }

    private func written(_ status: HTTPResponse.Status, at location: String?) -> WholeResponse {
        var response = WholeResponse.json(status, token: token) { write(into: &$0) }
        if let location { response.headers[.location] = location }
        return response
    }

    /// What came of it, as one JSON value.
    func write(into json: inout JSONWriter) {
        switch own?.event {
        case nil:
            if let roomAnswer { return write(roomAnswer, into: &json) }
            if let organisationEvent { return organisationEvent.write(into: &json) }
            json.object { json in
                guard let venue else { return }
                json.member("venueId", venue.venueID)
                json.member("capacity", venue.capacity)
            }
        case .created(let show):
            json.object { json in
                json.member("showId", show.showID)
                json.member("capacity", show.capacity)
            }
        case .changed(let changed): writeShow(changedAt: changed.changedAt, into: &json)
        case .places(let changed): writeShow(changedAt: changed.changedAt, into: &json)
        case .allocations(let changed):
            json.object { json in
                json.member("showId", show)
                json.array("allocations") { json in for allocation in changed.allocations { json.write(allocation) } }
                json.member("changedAt", changed.changedAt)
            }
        case .admission(let event):
            json.object { json in
                json.member("showId", show)
                switch event {
                case .ruleChanged(let rule): json.member("admissionRequired", rule.isRequired)
                case .ended(let ended): json.member("entryId", ended.entryID)
                }
            }
        case .cancelled(let cancelled):
            json.object { json in
                json.member("showId", show)
                json.member("orders", cancelled.orders)
                json.member("cancelledAt", cancelled.cancelledAt)
            }
        case .hold(.placed(let hold)): json.value(hold, show: show, fencingToken: own?.position ?? 0)
        case .hold(.changed(let changed)):
            json.value(changed.hold, show: show, fencingToken: own?.position ?? 0)
        case .hold(.released(let hold)), .hold(.expired(let hold)):
            json.object { json in
                json.member("holdId", hold.holdID)
                json.member("endedAt", hold.endedAt)
            }
        case .order(let event): write(event, into: &json)
        case .ticket(.scanned(let scanned)):
            json.write(scanned)
        case .ticket(.scanUndone(let undone)): json.write(undone)
        case .ticket(.scansUploaded(let report)): json.write(report)
        case .ticket(.changed(let changed)): json.write(changed)
        case .waitlist(.joined(let joined)): write(joined, into: &json)
        case .waitlist(.left(let left)):
            json.object { json in
                json.member("entryId", left.entryID)
                json.member("leftAt", left.leftAt)
            }
        case .waitlist: json.object { _ in }
        }
    }

    /// The entry as the command left it: it may have been offered places at once.
    private func write(_ joined: WaitlistJoined, into json: inout JSONWriter) {
        var offer: HoldPlaced?
        for case .hold(.placed(let placed)) as ShowEvent in events.map(\.event) where placed.offerOf == joined.entryID {
            offer = placed
        }
        json.object { json in
            json.members(joined, show: show)
            json.member("status", offer == nil ? "waiting" : "offered")
            if let offer {
                json.member("holdId", offer.holdID)
                json.member("expiresAt", offer.expiresAt)
            } else {
                json.member("place", joined.place)
            }
        }
    }

    /// What a change of the show says of it: its description, its places, or both.
    private func writeShow(changedAt: Timestamp, into json: inout JSONWriter) {
        json.object { json in
            json.member("showId", show)
            for case let event as ShowEvent in events.map(\.event) {
                if case .changed(let changed) = event { json.describe(changed.show) }
                if case .places(let changed) = event {
                    json.member("capacity", changed.areas.reduce(changed.previousIndexes.count) { $0 + $1.capacity })
                }
            }
            json.member("changedAt", changedAt)
        }
    }

    private func write(_ event: OrderEvent, into json: inout JSONWriter) {
        switch event {
        case .started, .sold, .captured:
            if let order { json.value(order) } else { json.object { _ in } }
        case .failed(let failed):
            json.object { json in
                json.member("orderId", failed.orderID)
                json.member("failure", failed.reason.name)
                json.member("failedAt", failed.failedAt)
            }
        case .resumed(let resumed):
            json.object { json in
                json.member("orderId", resumed.orderID)
                json.member("resumedAt", resumed.resumedAt)
            }
        case .voided(let voided):
            json.object { json in
                json.member("orderId", voided.orderID)
                json.member("voidedAt", voided.voidedAt)
            }
        case .refunded(let refunded):
            json.object { json in
                json.member("orderId", refunded.orderID)
                json.member("refundId", refunded.refundID)
                json.member("amount", refunded.amount)
                json.member("refundedAt", refunded.refundedAt)
            }
        case .parked(let parked):
            json.object { json in
                json.member("orderId", parked.orderID)
                json.member("parkedAt", parked.parkedAt)
            }
        case .returned(let returned): json.write(returned)
        case .swapped(let swapped): json.write(swapped)
        case .money(let event): write(event, into: &json)
        }
    }

    private func write(_ event: MoneyEvent, into json: inout JSONWriter) {
        json.object { json in
            json.member("orderId", event.orderID)
            switch event {
            case .actionRequired(let action): json.member("requiredAt", action.requiredAt)
            case .refunded(let refunded):
                json.member("refundId", refunded.refundID)
                json.member("amount", refunded.amount)
                json.member("refundedAt", refunded.recordedAt)
            case .disputed(let disputed):
                json.member("disputeId", disputed.disputeID)
                json.member("status", disputed.status.rawValue)
                json.member("recordedAt", disputed.recordedAt)
            case .accepted(let accepted):
                json.array("settled") { json in
                    for part in accepted.settled {
                        json.object { json in
                            json.member("refundId", part.refundID)
                            json.member("amount", part.amount)
                        }
                    }
                }
                json.member("acceptedAt", accepted.acceptedAt)
            case .suspended(let suspended):
                json.tickets(suspended.tickets, of: event.orderID)
                json.member("suspendedAt", suspended.suspendedAt)
            case .restored(let restored):
                json.tickets(restored.tickets, of: event.orderID)
                json.member("restoredAt", restored.restoredAt)
            }
        }
    }

    /// What a command is answered with is its own last event. What was overdue comes before its events, and behind them
    /// what people who wait are offered, which is no business of the caller.
    private var own: (position: Int64, event: ShowEvent)? {
        for (position, event) in events.reversed().lazy.map({ ($0.position, $0.event) }) {
            guard let event = event as? ShowEvent else { return nil }
            if !event.followsForWaitlist { return (position, event) }
        }
        return nil
    }

    private var organisationEvent: OrganisationEvent? { events.last?.event as? OrganisationEvent }

    /// The venue that it created.
    private var venue: VenueCreated? {
        guard case .created(let venue)? = events.last?.event as? VenueEvent else { return nil }
        return venue
    }

    private var show: ShowID { ShowID(stream.rawValue) }

    /// The order that it began, as its own command left it: what became of it later is for a read to say.
    var order: OrderRecord? {
        var order: OrderRecord?
        for case (let position, let event as ShowEvent) in events.map({ ($0.position, $0.event) }) {
            if case .order(.started(let started)) = event {
                order = OrderRecord(started, show: show, at: position)
            } else {
                order?.apply(event, at: position)
            }
        }
        return order
    }
}

extension JSONWriter {
    fileprivate mutating func tickets(_ numbers: [Int], of order: OrderID) {
        array("tickets") { json in for number in numbers { json.value(TicketID(number, of: order).rawValue) } }
    }

    fileprivate mutating func write(_ returned: TicketsReturned) {
        object { json in
            json.member("orderId", returned.orderID)
            json.member("refundId", returned.refundID)
            json.tickets(returned.tickets, of: returned.orderID)
            json.member("amount", returned.amount)
            json.member("returnedAt", returned.returnedAt)
        }
    }

    fileprivate mutating func write(_ swapped: TicketsSwapped) {
        object { json in
            json.member("orderId", swapped.orderID)
            json.array("swapped") { json in
                for swap in swapped.swaps {
                    json.object { json in
                        json.member("ticketId", TicketID(swap.ticket, of: swapped.orderID))
                        json.member("seat", swap.seat.guid)
                        json.member("generation", swap.generation)
                        json.member("amount", swap.fare.amount)
                        if !swap.fare.ticketType.isEmpty { json.member("ticketType", swap.fare.ticketType) }
                    }
                }
            }
            if swapped.amount > 0 { json.member("refundId", swapped.refundID) }
            json.member("refunded", swapped.amount)
            json.member("swappedAt", swapped.swappedAt)
        }
    }

    fileprivate mutating func write(_ changed: TicketChanged) {
        object { json in
            json.member("ticketId", changed.ticketID)
            switch changed.change {
            case .offered(let receiver): json.member("offeredTo", receiver)
            case .accepted(let owner, let generation):
                json.member("ownerId", owner)
                json.member("generation", generation)
            case .listed(_, let price): json.member("price", price)
            case .offerWithdrawn, .unlisted: break
            }
            json.member("changedAt", changed.changedAt)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ allocation: Allocation) {
        object { json in
            json.member("name", allocation.name)
            if let channel = allocation.channel { json.member("channel", channel) }
            json.member("label", allocation.label)
            json.member("seats", allocation.seats.count)
            json.object("areas") { json in
                for area in allocation.areas {
                    json.key(area.areaID.rawValue)
                    json.value(area.quantity)
                }
            }
            if let time = allocation.releasesAt { json.member("releasesAt", time) }
        }
    }
}

extension TicketChanged.Change {
    /// It took back what another change did, and leaves nothing to tell.
    fileprivate var isUndoing: Bool {
        switch self {
        case .offerWithdrawn, .unlisted: true
        case .offered, .accepted, .listed: false
        }
    }
}

extension ShowEvent {
    /// No command asks for it: it follows for those who wait.
    fileprivate var followsForWaitlist: Bool {
        switch self {
        case .waitlist(.offered), .waitlist(.closed), .waitlist(.scheduled): true
        case .hold(.placed(let placed)): placed.offerOf != nil
        case .created, .changed, .places, .allocations, .admission, .cancelled, .hold, .order, .ticket, .waitlist: false
        }
    }
}
