import Domain
import EventLog
import HTTPServer
import HTTPTypes
import Identity
import Sequencing
import Text
import WebAPI

extension OrganisationEvent {
    /// The answer to the command that had this event.
    ///
    /// - Parameter key: the key that was issued, for whoever is told first.
    func response(at token: LogPosition, with key: APIKeyText? = nil) -> WholeResponse {
        switch self {
        case .created(let created):
            var response = WholeResponse.json(.created, token: token) { write(into: &$0) }
            response.headers[.location] = "/api/v1/organisations/\(created.organisationID)"
            return response
        case .issued: return WholeResponse.json(.created, token: token) { write(into: &$0, with: key) }
        case .assigned: return WholeResponse.json(.ok, token: token) { write(into: &$0) }
        case .removed, .revoked: return WholeResponse.noContent(token)
        }
    }

    /// What came of the command, as one JSON value.
    func write(into json: inout JSONWriter, with text: APIKeyText? = nil) {
        switch self {
        case .created(let created):
            json.object { json in
                json.member("organisationId", created.organisationID)
                json.member("name", created.name)
            }
        case .assigned(let assigned):
            json.object { json in
                json.member("userId", assigned.userID)
                json.member("role", assigned.role.rawValue)
                if !assigned.shows.isEmpty { json.array("shows", of: assigned.shows.map(\.rawValue)) }
                json.member("assignedAt", assigned.at)
            }
        case .removed(let removed):
            json.object { json in
                json.member("userId", removed.userID)
                json.member("removedAt", removed.at)
            }
        case .issued(let issued): json.write(issued, text: text?.text)
        case .revoked(let revoked):
            json.object { json in
                json.member("keyId", revoked.keyID)
                json.member("revokedAt", revoked.at)
            }
        }
    }
}

extension CommandAnswer {
    /// The answer to whoever had a key issued: only the first one is told the key.
    func response(to id: CommandID, with key: APIKeyText) throws(Problem) -> WholeResponse {
        guard case .recorded(let recorded, let isRepeated) = self, !isRepeated,
            case .issued(let issued)? = recorded.events.last?.event as? OrganisationEvent, issued.digest == key.digest
        else { return try response(to: id) }
        var response = OrganisationEvent.issued(issued).response(at: recorded.token, with: key)
        response.set(command: id, replayed: false)
        return response
    }
}
