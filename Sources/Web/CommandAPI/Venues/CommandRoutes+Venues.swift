import Contract
import Domain
import EventLog
import HTTPServer
import Hummingbird
import Identity
import Sequencing
import WebAPI

extension CommandRoutes {
    func addVenues(to group: RouterGroup<APIContext>) {
        group.command(.post, "venues", createVenue)
    }

    private func createVenue(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.largeBody(limits, largeBodies)
        let venueID = VenueID(createdBy: identity.commandID)
        let wanted = try await read(body) { try $0.decode(VenueBody.self) }
        let owner = try await owner(wanted.organisationId, call.principal)
        let venue = try await read(body) { _ in try wanted.venue(venueID, of: owner) }
        return try await submit(VenueCommand.create(venue), on: venueID.stream, identity, call)
    }

    /// The venue with this id, from the log itself: a show may be created right after its venue, on whichever node.
    ///
    /// Throws `unknown-venue`, and what there is to say where the log can't be read.
    func venue(_ id: VenueID) async throws(Problem) -> VenueCreated {
        let events: [RecordedEvent]
        do throws(LogError) {
            events = try await log.events(of: id.stream, after: 0, limit: 1)
        } catch {
            throw Problem(error)
        }
        guard let created = events.first else { throw .unknownVenue(id) }
        do throws(UnreadableEvent) {
            switch try VenueState.codec.decode(created.event) {
            case .created(let venue): return venue
            }
        } catch {
            throw Problem(
                .showUnavailable, detail: "The venue's event \(created.position) can't be read by this version.")
        }
    }
}

extension Problem {
    fileprivate static func unknownVenue(_ id: VenueID) -> Problem {
        Problem(.unknownVenue, detail: "There is no venue \(id).")
    }
}
