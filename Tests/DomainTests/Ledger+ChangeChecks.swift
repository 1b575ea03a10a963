@testable import Domain

// Whether refusals of changes are justified.
extension Ledger {
    /// What is due is released, whether or not an event says so yet.
    func released(at now: Timestamp) -> Ledger {
        var ledger = self
        ledger.allocations = allocations.filter { _, allocation in
            allocation.releasesAt.map { !isCancelled && $0 > now } ?? true
        }
        return ledger
    }

    func isGone(_ id: HoldID, for user: UserID, at now: Timestamp) -> Bool {
        guard let hold = holds[id] else { return true }
        return hold.placed.userID != user || hold.isOver(at: now) || isCancelled
    }

    /// One place more, at least up to the most that a hold may add, would be more than the user may have.
    func isBeyondShare(_ user: UserID, at now: Timestamp) -> Bool {
        let live = holds.values.filter { $0.placed.userID == user && !$0.isOver(at: now) }
        return places(of: user, in: live) + show.maxSeatsPerHold > show.maxSeatsPerUser ?? .max
    }

    func isJustified(_ rejection: Rejection, of change: ChangeHold, at now: Timestamp) -> Bool {
        let hold = holds[change.holdID]
        switch rejection.code {
        case .holdNotFound: return isGone(change.holdID, for: change.userID, at: now)
        case .purchaseInProgress: return hold?.order != nil
        case .notInHold: return true
        case .leavesSingleSeat: return show.orphans == .enforce
        case .emptyHold:
            return change.droppedSeats.count == hold?.placed.seats.count || change.addedSeats.isEmpty
        case .tooManySeats: return rejection.limit == Int64(show.maxSeatsPerHold)
        case .seatsUnavailable: return !rejection.conflicts.isEmpty
        case .unknownSeat: return !seats.contains { $0.guid == rejection.subject }
        case .duplicateSeat: return Set(change.addedSeats).count < change.addedSeats.count
        case .showCancelled: return isCancelled
        default: return false
        }
    }
}
