public import Domain

extension Notice {
    /// What it takes to know whom an event is told to.
    public enum Need: Equatable, Sendable {
        /// Nothing: the event is told to nobody.
        case notTold
        case event
        /// This order, as it is after the event.
        case order(OrderID)
        /// Whether the show is cancelled.
        case show
        /// The show before the event, and whoever has tickets.
        case holders
    }

    public static func need(of event: any DomainEvent) -> Need {
        switch event {
        case let event as ShowEvent: need(of: event)
        case RoomEvent.admitted: .event
        case RoomEvent.ended(let ended): ended.how == .missed ? .event : .notTold
        default: .notTold
        }
    }

    private static func need(of event: ShowEvent) -> Need {
        switch event {
        case .changed: .holders
        case .hold(.placed(let hold)): hold.offerOf == nil ? .notTold : .event
        case .hold(.expired): .show
        case .order(.returned(let event)):
            event.reason == .requested && (event.amount > 0 || event.tickets.isEmpty) ? .notTold : .order(event.orderID)
        case .order(.swapped(let event)): .order(event.orderID)
        case .order(.sold), .order(.failed), .order(.refunded), .order(.money(.actionRequired)),
            .order(.money(.refunded)):
            .event
        case .ticket(.changed(let event)):
            switch event.change {
            case .offered, .accepted: event.ticketID.order.map { .order($0) } ?? .notTold
            case .offerWithdrawn, .listed, .unlisted: .notTold
            }
        case .waitlist(.joined): .event
        case .created, .places, .allocations, .admission, .cancelled, .hold, .order, .ticket, .waitlist: .notTold
        }
    }

    /// Whom an event is told to, and what, but for what holders of tickets are told: see ``showChanged(to:before:)``.
    ///
    /// - Parameters:
    ///   - show: whose event it is.
    ///   - order: see ``Need/order(_:)``.
    ///   - isCancelled: see ``Need/show``.
    public static func made(
        by event: any DomainEvent, of show: ShowID, order: OrderRecord? = nil, isCancelled: Bool = false
    ) -> [Notice] {
        var notices: [Notice] =
            switch event {
            case ShowEvent.order(let event): made(by: event, of: show, order)
            case ShowEvent.ticket(.changed(let event)): made(by: event, of: show, order)
            case ShowEvent.hold(.placed(let hold)) where hold.offerOf != nil:
                [Notice(.waitlistOffer, to: hold.userID, of: show, .waitlistOffer(hold))]
            case ShowEvent.hold(.expired(let hold)) where isCancelled:
                [Notice(.showCancelled, to: hold.userID, of: show, .showCancelled(nil, amount: 0))]
            case ShowEvent.waitlist(.joined(let event)):
                [Notice(.waitlistJoined, to: event.userID, of: show, .waitlistJoined(place: event.place))]
            case RoomEvent.admitted(let event):
                event.entries.map {
                    Notice(
                        .admission, to: $0.userID, of: show,
                        .admission(claimUntil: event.claimUntil, sessionUntil: event.sessionUntil))
                }
            case RoomEvent.ended(let event) where event.how == .missed:
                event.entries.map { Notice(.admissionMissed, to: $0.userID, of: show, .admissionMissed) }
            default: []
            }
        var known: Set<Notice.Key> = []
        notices.removeAll { !known.insert(Key(kind: $0.kind, user: $0.user)).inserted }
        return notices
    }

    private struct Key: Hashable {
        var kind: NoticeKind
        var user: UserID
    }

    public static func showChanged(to user: UserID, before: ShowFacts) -> Notice {
        Notice(.showChanged, to: user, of: before.showID, .showChanged(before))
    }

    private static func made(by event: OrderEvent, of show: ShowID, _ order: OrderRecord?) -> [Notice] {
        let (id, user) = (event.orderID, event.userID)
        func toBuyer(_ kind: NoticeKind, _ content: Content) -> [Notice] {
            [Notice(kind, to: user, of: show, content)]
        }
        switch event {
        case .sold(let sold):
            let sellers = Dictionary(grouping: sold.resold, by: \.sellerID).sorted { $0.key < $1.key }
            return toBuyer(.order, .order(sold))
                + sellers.map { Notice(.ticketResold, to: $0.key, of: show, .ticketsResold($0.value)) }
        case .failed(let failed) where failed.reason == .showCancelled:
            return toBuyer(.showCancelled, .showCancelled(nil, amount: 0))
        case .failed(let failed): return toBuyer(.paymentFailed, .paymentFailed(id, failed.reason))
        case .refunded(let refunded): return toBuyer(.refund, .refund(id, amount: refunded.amount))
        case .money(.refunded(let refunded)): return toBuyer(.refund, .refund(id, amount: refunded.amount))
        case .money(.actionRequired): return toBuyer(.paymentAction, .paymentAction(id))
        case .returned(let returned): return made(by: returned, of: show, order)
        case .swapped(let swapped):
            let tickets = swapped.swaps.compactMap { order?.ticket($0.ticket) }
            return Dictionary(grouping: tickets, by: \.owner).sorted { $0.key < $1.key }.map {
                Notice(.seatsChanged, to: $0.key, of: show, .tickets(id, $0.value))
            }
        case .started, .captured, .voided, .parked, .resumed, .money: return []
        }
    }

    /// The buyer hears of the money, and whoever else has one of the tickets hears of that.
    private static func made(by returned: TicketsReturned, of show: ShowID, _ order: OrderRecord?) -> [Notice] {
        let (id, buyer) = (returned.orderID, returned.userID)
        let others = Dictionary(grouping: returned.tickets) { order?.ticket($0)?.owner ?? buyer }
            .filter { $0.key != buyer }.sorted { $0.key < $1.key }
        guard returned.reason != .showCancelled else {
            return [Notice(.showCancelled, to: buyer, of: show, .showCancelled(id, amount: returned.amount))]
                + others.map { Notice(.showCancelled, to: $0.key, of: show, .showCancelled(nil, amount: 0)) }
        }
        guard returned.reason != .requested || returned.amount == 0, !returned.tickets.isEmpty else { return [] }
        return [Notice(.ticketsEnded, to: buyer, of: show, .ticketsEnded(id, returned.tickets, returned.reason))]
            + others.map {
                Notice(.ticketsEnded, to: $0.key, of: show, .ticketsEnded(id, $0.value, returned.reason))
            }
    }

    private static func made(by event: TicketChanged, of show: ShowID, _ order: OrderRecord?) -> [Notice] {
        guard let id = event.ticketID.order, let number = event.ticketID.number, var ticket = order?.ticket(number)
        else { return [] }
        switch event.change {
        case .offered(let user): return [Notice(.transferOffered, to: user, of: show, .transfer(ticket))]
        case .accepted(let user, let generation):
            var notices = [Notice(.transferAccepted, to: event.ownerID, of: show, .transfer(ticket))]
            // Whoever passed it on since has no use for a code.
            if ticket.owner == user, ticket.generation == generation, ticket.status == .valid {
                ticket.passes = []
                notices.append(Notice(.ticketReceived, to: user, of: show, .tickets(id, [ticket])))
            }
            return notices
        case .offerWithdrawn, .listed, .unlisted: return []
        }
    }
}

extension OrderRecord {
    /// - Parameter number: from 1.
    func ticket(_ number: Int) -> Ticket? { tickets.indices.contains(number - 1) ? tickets[number - 1] : nil }
}
