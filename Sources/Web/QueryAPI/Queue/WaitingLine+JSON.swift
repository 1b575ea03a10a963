public import Domain
import Text
import WaitingLines
import WebAPI

/// Makes the token that an admitted person sends back with a hold.
public typealias AdmissionTokenMaker = @Sendable (Admission) -> String

extension WaitingLine {
    /// The room as everybody sees it.
    func writeStatus(into json: inout JSONWriter, at now: Timestamp) {
        json.object { json in
            json.member("showId", showID)
            json.member("state", phase.rawValue)
            if let reason { json.member("reason", reason) }
            if let from = settings.prequeueFrom { json.member("prequeueFrom", from) }
            json.member("opensAt", settings.opensAt)
            json.member("admitPerMinute", settings.admitPerMinute)
            json.member("measuredPerMinute", pace.perMinute(at: now))
            json.member("waiting", waiting)
            json.member("servedThrough", servedThrough)
            json.member("maxActive", settings.maxActive)
            json.member("admitted", admitted)
            json.member("active", active)
            if let challenge = configured.challenge { json.members(challenge) }
        }
    }
}

extension WaitingLine.Place {
    /// What the entry lets its owner do now; nil: nothing.
    func admission(of user: UserID, at now: Timestamp) -> Admission? {
        guard let claimUntil, let sessionUntil, now < sessionUntil else { return nil }
        switch status {
        case .admitted where now < claimUntil:
            return Admission(entryID: entryID, userID: user, claimUntil: claimUntil, sessionUntil: sessionUntil)
        case .active: return Admission(entryID: entryID, userID: user, claimUntil: nil, sessionUntil: sessionUntil)
        case .admitted, .waiting, .left, .done, .missed, .expired: return nil
        }
    }
}

extension JSONWriter {
    /// An entry as its owner sees it.
    mutating func value(
        _ place: WaitingLine.Place, of user: UserID, at now: Timestamp, makeToken: AdmissionTokenMaker
    ) {
        object { json in
            json.member("entryId", place.entryID)
            json.member("showId", place.showID)
            json.member("userId", user)
            json.member("status", "\(place.status)")
            json.member("state", place.phase.rawValue)
            json.member("number", orNull: place.number)
            json.member("place", orNull: place.place)
            json.member("ahead", orNull: place.ahead)
            json.key("estimate")
            if let estimate = place.estimate {
                json.object { json in
                    json.member("from", estimate.lowerBound)
                    json.member("to", estimate.upperBound)
                }
            } else {
                json.null()
            }
            json.member("joinedAt", place.joinedAt)
            guard place.status == .admitted || place.status == .active else { return }
            if place.status == .admitted, let claimUntil = place.claimUntil { json.member("claimUntil", claimUntil) }
            if let sessionUntil = place.sessionUntil { json.member("admittedUntil", sessionUntil) }
            if let admission = place.admission(of: user, at: now) { json.member("admission", makeToken(admission)) }
        }
    }
}
