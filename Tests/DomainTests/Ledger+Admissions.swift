@testable import Domain
import Testing

// Who may hold places while the show has a waiting room.
extension Ledger {
    mutating func admit(_ event: AdmissionEvent) {
        advance(to: event.at)
        switch event {
        case .ruleChanged(let rule):
            #expect(rule.isRequired != requiresAdmission)
            requiresAdmission = rule.isRequired
        case .ended(let ended): #expect(endedAdmissions.insert(ended.entryID).inserted)
        }
    }

    /// Places came to a hold with this admission.
    mutating func claim(_ admission: EntryID?) {
        #expect((admission != nil) == requiresAdmission)
        guard let admission else { return }
        #expect(!endedAdmissions.contains(admission), "\(admission) was used up")
        claimed.insert(admission)
    }

    func checkAdmissions(_ state: ShowState) {
        #expect(state.admissions.isRequired == requiresAdmission)
        let ended = state.admissions.uses.filter { $0.value == .ended }.keys
        #expect(Set(ended) == endedAdmissions)
        #expect(Set(state.admissions.uses.keys) == claimed.union(endedAdmissions))
    }

    /// What has to be said of a wish for places: nil, that the admission is good, or none is needed.
    func refusal(_ admission: Admission?, of user: UserID, at now: Timestamp) -> Rejection? {
        guard requiresAdmission else { return nil }
        guard let admission, admission.userID == user, admission.entryID.rawValue.hasPrefix("\(show.showID)-") else {
            return .admissionRequired
        }
        let hasHeld = claimed.contains(admission.entryID)
        let isOver =
            admission.sessionUntil <= now || (!hasHeld && admission.claimUntil ?? admission.sessionUntil <= now)
        return isOver || endedAdmissions.contains(admission.entryID) ? .admissionExpired : nil
    }

    /// A wish for places was granted.
    func checkAdmission(to command: ShowCommand, at now: Timestamp) {
        switch command {
        case .placeHold(let hold): #expect(refusal(hold.admission, of: hold.userID, at: now) == nil)
        case .changeHold(let change) where !change.addedSeats.isEmpty || !change.addedAreas.isEmpty:
            #expect(refusal(change.admission, of: change.userID, at: now) == nil)
        case .waitlist(.join(let join)): #expect(refusal(join.admission, of: join.userID, at: now) == nil)
        default: break
        }
    }
}
