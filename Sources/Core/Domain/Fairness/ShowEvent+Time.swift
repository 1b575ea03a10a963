extension ShowEvent {
    /// When it was decided; nil where that does not matter here.
    var time: Timestamp? {
        switch self {
        case .created(let event): event.createdAt
        case .changed(let event): event.changedAt
        case .places(let event): event.changedAt
        case .allocations(let event): event.changedAt
        case .admission(let event): event.at
        case .cancelled(let event): event.cancelledAt
        case .hold(.placed(let event)): event.placedAt
        case .hold(.changed(let event)): event.changedAt
        case .hold(.released(let event)), .hold(.expired(let event)): event.endedAt
        case .order(.sold(let event)): event.soldAt
        case .order(.returned(let event)): event.returnedAt
        case .order(.swapped(let event)): event.swappedAt
        case .waitlist(let event): event.at
        case .order, .ticket: nil
        }
    }
}
