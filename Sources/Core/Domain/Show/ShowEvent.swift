/// What happened to a show: the events of one stream, in order, grouped by what they are about.
///
/// Indirect: an event goes through many hands, and is one pointer to them.
public indirect enum ShowEvent: DomainEvent {
    case created(ShowCreated)
    case changed(ShowChanged)
    case places(PlacesChanged)
    case allocations(AllocationsChanged)
    case admission(AdmissionEvent)
    case cancelled(ShowCancelled)
    case hold(HoldEvent)
    case order(OrderEvent)
    case ticket(TicketEvent)
    case waitlist(WaitlistEvent)
}

/// What happened to a hold.
public enum HoldEvent: Equatable, Sendable {
    case placed(HoldPlaced)
    case changed(HoldChanged)
    case released(HoldEnded)
    case expired(HoldEnded)
}

/// What happened to an order and its payment.
public enum OrderEvent: Equatable, Sendable {
    case started(PurchaseStarted)
    case sold(SeatsSold)
    case failed(PurchaseFailed)
    case captured(PaymentCaptured)
    case voided(PaymentVoided)
    case refunded(PaymentRefunded)
    case parked(PaymentParked)
    case resumed(PaymentResumed)
    case returned(TicketsReturned)
    case swapped(TicketsSwapped)
    /// Beyond the order's own steps.
    case money(MoneyEvent)
}

/// What happened to tickets after their sale.
public enum TicketEvent: Equatable, Sendable {
    case scanned(TicketScanned)
    case scanUndone(ScanUndone)
    /// Comes after the scans that it reports on.
    case scansUploaded(ScansUploaded)
    case changed(TicketChanged)
}

extension OrderEvent {
    public var orderID: OrderID {
        switch self {
        case .started(let event): event.orderID
        case .sold(let event): event.orderID
        case .failed(let event): event.orderID
        case .captured(let event): event.orderID
        case .voided(let event): event.orderID
        case .refunded(let event): event.orderID
        case .parked(let event): event.orderID
        case .resumed(let event): event.orderID
        case .returned(let event): event.orderID
        case .swapped(let event): event.orderID
        case .money(let event): event.orderID
        }
    }

    /// Who pays for the order.
    public var userID: UserID {
        switch self {
        case .started(let event): event.userID
        case .sold(let event): event.userID
        case .failed(let event): event.userID
        case .captured(let event): event.userID
        case .voided(let event): event.userID
        case .refunded(let event): event.userID
        case .parked(let event): event.userID
        case .resumed(let event): event.userID
        case .returned(let event): event.userID
        case .swapped(let event): event.userID
        case .money(let event): event.userID
        }
    }
}

extension TicketEvent {
    /// Nil: the event changes no ticket.
    public var ticketID: TicketID? {
        switch self {
        case .scanned(let event): event.ticketID
        case .scanUndone(let event): event.ticketID
        case .scansUploaded: nil
        case .changed(let event): event.ticketID
        }
    }

    /// Who paid for the ticket's order. Nil: the event changes no ticket.
    public var orderUserID: UserID? {
        switch self {
        case .scanned(let event): event.orderUserID
        case .scanUndone(let event): event.orderUserID
        case .scansUploaded: nil
        case .changed(let event): event.orderUserID
        }
    }
}

extension ShowEvent {
    /// Holds have deadlines: each ends at its `expiresAt`, or at once when the show is cancelled.
    public var deadlineChange: DeadlineChange {
        switch self {
        case .hold(.placed(let placed)): .set(placed.holdID.rawValue, at: placed.expiresAt)
        case .hold(.released(let ended)), .hold(.expired(let ended)): .clear(ended.holdID.rawValue)
        case .order(.started(let started)) where started.extendsHold:
            .set(started.holdID.rawValue, at: started.expiresAt)
        case .order(.sold(let sold)) where sold.wasHeld: .clear(sold.holdID.rawValue)
        case .cancelled(let cancelled): .allDue(at: cancelled.cancelledAt)
        case .hold(.changed(let changed)):
            .several(
                changed.mergedHolds.map { .clear($0.rawValue) }
                    + [.set(changed.hold.holdID.rawValue, at: changed.hold.expiresAt)])
        case .allocations(let changed):
            changed.allocations.compactMap(\.releasesAt).min().map { .set("allocations", at: $0) }
                ?? .clear("allocations")
        case .created, .changed, .places, .admission, .order, .ticket, .waitlist: .none
        }
    }
}
