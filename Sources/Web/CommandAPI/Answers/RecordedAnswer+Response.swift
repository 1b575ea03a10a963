import Domain
import EventLog
import HTTPServer
import HTTPTypes
import Hummingbird
import Sequencing
import Text
import WebAPI

extension RecordedAnswer {
    /// Made from the recorded events alone, so it never changes.
    func response() throws(Problem) -> Response {
        if case .rejected(let rejection) = outcome { throw Problem(rejection, at: token) }
        // What a command is answered with is its own last event; expiries it had to record come before it. Where there
        // is none, things were so already.
        guard let last = events.last else { return Response.noContent(token) }
        switch last.event {
        case .created(let show): return written(.created, at: "/api/v1/shows/\(show.showID)")
        case .holdPlaced(let hold): return written(.created, at: "/api/v1/holds/\(hold.holdID)")
        case .ticketChanged(let changed) where changed.change.isUndoing: return Response.noContent(token)
        case .purchaseStarted, .seatsSold, .paymentCaptured, .purchaseFailed, .paymentResumed, .paymentVoided,
            .paymentRefunded, .paymentParked, .ticketsReturned, .ticketScanned, .ticketChanged, .showCancelled:
            return written(.ok, at: nil)
        case .holdReleased, .holdExpired: return Response.noContent(token)
        }
    }

    private func written(_ status: HTTPResponse.Status, at location: String?) -> Response {
        var response = Response.json(status, token: token) { write(into: &$0) }
        if let location { response.headers[.location] = location }
        return response
    }

    /// What came of it, as one JSON value.
    func write(into json: inout JSONWriter) {
        guard let last = events.last else { return json.object { _ in } }
        switch last.event {
        case .created(let show):
            json.object { json in
                json.member("showId", show.showID)
                json.member("capacity", show.capacity)
            }
        case .holdPlaced(let hold): json.value(hold, show: self.show, fencingToken: last.position)
        case .holdReleased(let hold), .holdExpired(let hold):
            json.object { json in
                json.member("holdId", hold.holdID)
                json.member("endedAt", hold.endedAt)
            }
        case .purchaseStarted, .seatsSold, .paymentCaptured:
            if let order { json.value(order) } else { json.object { _ in } }
        case .purchaseFailed(let failed):
            json.object { json in
                json.member("orderId", failed.orderID)
                json.member("failure", failed.reason.name)
                json.member("failedAt", failed.failedAt)
            }
        case .paymentResumed(let moved): json.write(moved, at: "resumedAt")
        case .paymentVoided(let moved): json.write(moved, at: "voidedAt")
        case .paymentRefunded(let refunded):
            json.object { json in
                json.member("orderId", refunded.orderID)
                json.member("refundId", refunded.refundID)
                json.member("amount", refunded.amount)
                json.member("refundedAt", refunded.refundedAt)
            }
        case .paymentParked(let parked):
            json.object { json in
                json.member("orderId", parked.orderID)
                json.member("parkedAt", parked.parkedAt)
            }
        case .ticketsReturned(let returned): json.write(returned)
        case .ticketScanned(let scanned):
            json.object { json in
                json.member("ticketId", scanned.ticketID)
                json.member("scannedAt", scanned.scannedAt)
            }
        case .ticketChanged(let changed): json.write(changed)
        case .showCancelled(let cancelled):
            json.object { json in
                json.member("showId", show)
                json.member("orders", cancelled.orders)
                json.member("cancelledAt", cancelled.cancelledAt)
            }
        }
    }

    /// The order that it began, as its own command left it: what became of it later is for a read to say.
    var order: OrderRecord? {
        var order: OrderRecord?
        for event in events {
            if case .purchaseStarted(let started) = event.event {
                order = OrderRecord(started, show: show, at: event.position)
            } else {
                order?.apply(event.event, at: event.position)
            }
        }
        return order
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ moved: PaymentMoved, at time: StaticString) {
        object { json in
            json.member("orderId", moved.orderID)
            json.member(time, moved.at)
        }
    }

    fileprivate mutating func write(_ returned: TicketsReturned) {
        object { json in
            json.member("orderId", returned.orderID)
            json.member("refundId", returned.refundID)
            json.array("tickets") { json in
                for number in returned.tickets { json.value(TicketID(number, of: returned.orderID).rawValue) }
            }
            json.member("amount", returned.amount)
            json.member("returnedAt", returned.returnedAt)
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

extension TicketChanged.Change {
    /// It took back what another change did, and leaves nothing to tell.
    fileprivate var isUndoing: Bool {
        switch self {
        case .offerWithdrawn, .unlisted: true
        case .offered, .accepted, .listed: false
        }
    }
}
