import Domain
import HTTPServer
import HTTPTypes
import Identity
import Sequencing
import Text
import WebAPI

// What commands on a waiting room are answered with.
extension RecordedAnswer {
    /// The response to a command on a waiting room, from the recorded events alone. Where none of them is what the command
    /// asks for, things were so already: 204.
    ///
    /// - Parameters:
    ///   - admissions: makes the token of whoever claims an admission.
    ///   - isAnswer: whether an event is what the command asks for. What was due before it is recorded with it.
    func queueResponse(
        _ admissions: AdmissionTokens? = nil, where isAnswer: (RoomEvent) -> Bool
    ) throws(Problem) -> WholeResponse {
        if case .rejected(let rejection) = outcome { throw Problem(rejection, at: token) }
        guard let event = roomEvents.last(where: isAnswer) else { return WholeResponse.noContent(token) }
        var status = HTTPResponse.Status.ok
        var location: String?
        if case .joined(let joined) = event {
            status = .created
            location = "/api/v1/shows/\(room)/queue/entries/\(joined.entryID)"
        }
        var response = WholeResponse.json(status, token: token) { write(event, admissions, into: &$0) }
        if let location { response.headers[.location] = location }
        return response
    }

    /// Of a command on a waiting room: what came of it.
    var roomEvents: [RoomEvent] { events.compactMap { $0.event as? RoomEvent } }

    /// The event that tells most of what a command on a waiting room came to; nil: it was on none, or changed nothing.
    var roomAnswer: RoomEvent? {
        roomEvents.last { if case .configured = $0 { true } else { false } } ?? roomEvents.last
    }

    /// The show whose room it is.
    private var room: ShowID { ShowID(stream.id) }

    func write(_ event: RoomEvent, _ admissions: AdmissionTokens? = nil, into json: inout JSONWriter) {
        json.object { json in
            switch event {
            case .configured(let configured): write(configured, into: &json)
            case .joined(let joined):
                json.member("entryId", joined.entryID)
                json.member("showId", room)
                json.member("userId", joined.userID)
                json.member("status", "waiting")
                json.key("number")
                if let number = joined.number { json.value(number) } else { json.null() }
                json.member("joinedAt", joined.at)
            case .claimed(let claimed):
                json.member("entryId", claimed.entryID)
                json.member("status", "active")
                json.member("admittedUntil", claimed.sessionUntil)
                if let admissions {
                    json.member(
                        "admission",
                        admissions.token(
                            for: Admission(
                                entryID: claimed.entryID, userID: claimed.userID, sessionUntil: claimed.sessionUntil)))
                }
            case .ended(let ended):
                if let entry = ended.entries.first { json.member("entryId", entry.entryID) }
                json.member("status", ended.how.rawValue)
            case .admitted(let admitted):
                json.member("showId", room)
                json.member("admitted", admitted.entries.count)
            case .phaseChanged(let changed):
                json.member("showId", room)
                json.member("state", changed.phase.rawValue)
                if let reason = changed.reason { json.member("reason", reason) }
            case .seedRevealed(let revealed):
                json.member("showId", room)
                json.member("party", revealed.party)
                json.member("revealedAt", revealed.at)
            case .beaconRecorded(let recorded):
                json.member("showId", room)
                json.member("round", recorded.round)
                json.member("recordedAt", recorded.at)
            case .partyForfeited(let forfeited):
                json.member("showId", room)
                json.member("party", forfeited.party)
                json.member("forfeitedAt", forfeited.at)
            case .drawSealed(let sealed):
                json.member("showId", room)
                json.member("logPosition", sealed.position)
            case .drawHeld(let held):
                json.member("showId", room)
                json.member("entrants", held.entrantCount)
            }
        }
    }

    private func write(_ configured: RoomConfigured, into json: inout JSONWriter) {
        // The settings may bring the room into another phase at once.
        var state = configured.phase
        for case .phaseChanged(let changed) in roomEvents { state = changed.phase }
        let settings = configured.settings
        json.member("showId", configured.showID)
        json.member("state", state.rawValue)
        if let prequeueFrom = settings.prequeueFrom { json.member("prequeueFrom", prequeueFrom) }
        json.member("opensAt", settings.opensAt)
        json.member("admitPerMinute", settings.admitPerMinute)
        json.member("maxActive", settings.maxActive)
        json.member("sessionMinutes", settings.sessionMinutes)
        json.member("claimSeconds", settings.claimSeconds)
        json.member("entriesPerUser", settings.entriesPerUser)
        json.member("challenge", configured.challenge == nil ? "none" : "proof-of-work")
        if let challenge = configured.challenge { json.members(challenge) }
        json.array("commitments") { json in
            for commitment in configured.commitments {
                json.object { json in
                    json.member("party", commitment.party)
                    json.member("commitment", commitment.commitment.hex)
                }
            }
        }
        if let beacon = settings.draw?.beacon {
            json.object("beacon") { json in
                json.member("chain", beacon.chain)
                json.member("round", beacon.round)
            }
        }
    }
}
