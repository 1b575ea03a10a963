import Domain
import HTTPServer
import Hummingbird
import Identity
import WebAPI

/// What scanners and their supervisors do.
extension CommandRoutes {
    func addDoor(to group: RouterGroup<APIContext>) {
        guard let readTicketCode else { return }
        group.command(.post, "tickets/{id}/scan") { try await scan($0, readTicketCode) }
        group.command(.delete, "tickets/{id}/scan", undoScan)
        group.command(.post, "shows/{id}/scans/uploads") { try await upload($0, readTicketCode) }
    }

    private func scan(_ call: CommandCall, _ readTicketCode: TicketCodeReader) async throws -> Response {
        let (ticketID, showID) = try ticket(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let command = try body.decode(ScanBody.self).command(of: ticketID, on: showID, identity, readTicketCode)
        return try await submit(command, on: showID, identity, call)
    }

    private func undoScan(_ call: CommandCall) async throws -> Response {
        let (ticketID, showID) = try ticket(call)
        let post = try call.principal.post(at: showID)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        return try await submit(
            .ticket(.undoScan(areas: post.areas), ticketID, by: call.principal.userID), on: showID, identity, call)
    }

    private func upload(_ call: CommandCall, _ readTicketCode: TicketCodeReader) async throws -> Response {
        let showID = try call.pathID(as: ShowID.self, orElse: .showNotFound)
        // Before the body: whoever may not upload to this show need not send one.
        _ = try call.principal.post(at: showID)
        let (body, identity) = try await call.body(bytesMax: limits.scanUploadBodyBytesMax)
        let scans = try body.decode(ScanUploadBody.self)
        guard let turn = uploads.begin() else {
            throw Problem(.overloaded, detail: "Other uploads are under way.", retryAfterSeconds: 1)
        }
        defer { turn.end() }
        let command = try await scans.command(on: showID, by: call.principal, readTicketCode)
        return try await submit(command, on: showID, identity, call)
    }
}
