import Domain
import HTTPServer
import Hummingbird
import Identity
import WebAPI

/// The waiting lists of shows. An entry carries its show's id in its own, so that it finds its stream without a look-up.
extension CommandRoutes {
    func addWaitlist(to group: RouterGroup<APIContext>) {
        group.command(.post, "shows/{id}/waitlist", joinWaitlist)
        group.command(.delete, "waitlist/{id}", leaveWaitlist)
    }

    private func joinWaitlist(_ call: CommandCall) async throws -> Response {
        let showID = try call.pathID(as: ShowID.self, orElse: .showNotFound)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let command = try body.decode(WaitlistBody.self).command(on: showID, identity, admission(call))
        return try await submit(command, on: showID, identity, call)
    }

    private func leaveWaitlist(_ call: CommandCall) async throws -> Response {
        let entryID = try call.pathID(as: WaitlistEntryID.self, orElse: .waitlistEntryNotFound)
        guard let showID = entryID.show else { throw Problem(.waitlistEntryNotFound) }
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        let command = ShowCommand.waitlist(.leave(entryID, by: call.principal.userID))
        return try await submit(command, on: showID, identity, call)
    }
}
