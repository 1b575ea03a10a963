import Domain
public import EventLog
public import Hummingbird
public import Sequencing
public import WebAPI

/// The calls that change something, and the one that asks what came of it.
public struct CommandRoutes: Sendable {
    private let sequencer: Sequencer
    private let log: any EventReader
    let limits: ServerLimits
    let readTicketCode: TicketCodeReader?

    /// Checks a code's signature and reads it; nil: it is none of ours.
    public typealias TicketCodeReader = @Sendable (_ code: String) -> TicketCodes.Claim?

    /// - Parameter readTicketCode: nil: this node can't check codes, and has no call to scan tickets with.
    public init(
        sequencer: Sequencer, log: any EventReader, limits: ServerLimits, readTicketCode: TicketCodeReader? = nil
    ) {
        self.sequencer = sequencer
        self.log = log
        self.limits = limits
        self.readTicketCode = readTicketCode
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.command(.post, "shows", createShow)
        group.command(.post, "shows/{id}/holds", placeHold)
        group.command(.delete, "holds/{id}", releaseHold)
        group.command(.post, "shows/{id}/cancel", cancelShow)
        group.get("commands/{id}") { request, context in try await command(request, context) }
        addTickets(to: group)
        addPayments(to: group)
    }

    private func createShow(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requireAdmin()
        let key = try IdempotencyKey(request.headers)
        let body = try await request.jsonBody(bytesMax: limits.seatingPlanBodyBytesMax)
        let identity = CommandIdentity(request, principal: principal, key: key, body: body)
        let showID = ShowID(createdBy: identity.commandID)
        let show = try body.decode(ShowBody.self).show(showID)
        return try await submit(.create(show), on: showID, identity, request)
    }

    private func placeHold(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let key = try IdempotencyKey(request.headers)
        let showID = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let body = try await request.jsonBody(bytesMax: limits.bodyBytesMax)
        let identity = CommandIdentity(request, principal: principal, key: key, body: body)
        let command = PlaceHold(
            holdID: HoldID(on: showID, placedBy: identity.commandID), userID: principal.userID,
            selection: try body.decode(HoldBody.self).selection())
        return try await submit(.placeHold(command), on: showID, identity, request)
    }

    private func releaseHold(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let key = try IdempotencyKey(request.headers)
        let holdID = try context.pathID("id", as: HoldID.self, orElse: .holdNotFound)
        guard let showID = holdID.show else { throw Problem(.holdNotFound) }
        let identity = CommandIdentity(request, principal: principal, key: key, body: nil)
        return try await submit(.releaseHold(holdID, by: principal.userID), on: showID, identity, request)
    }

    private func cancelShow(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requireAdmin()
        let key = try IdempotencyKey(request.headers)
        let showID = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let identity = CommandIdentity(request, principal: principal, key: key, body: nil)
        return try await submit(.cancelShow, on: showID, identity, request)
    }

    /// Has the command decided and recorded, and answers with what came of it.
    func submit(
        _ command: ShowCommand, on show: ShowID, _ identity: CommandIdentity, _ request: Request
    ) async throws -> Response {
        let answer = await sequencer.submit(CommandRequest(command, on: show, identity, request))
        return try answer.response(to: identity.commandID)
    }

    /// The caller's own command, as it is recorded; linearizable, since it asks the log itself.
    private func command(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        guard let text = context.parameters["id"], let id = CommandID(String(text)),
            let recorded = try await log.commands([id]).first, recorded.principal == principal.userID.rawValue
        else { throw Problem(.commandNotFound) }
        let answer = try await RecordedAnswer(recorded, in: log)
        return Response.json(token: answer.token) { json in
            json.object { json in
                json.member("commandId", id.description)
                json.member("sequence", answer.token.description)
                json.member("recordedAt", recorded.recordedAt)
                switch answer.outcome {
                case .accepted:
                    json.member("status", "accepted")
                    json.key("outcome")
                    answer.write(into: &json)
                case .rejected(let rejection):
                    json.member("status", "rejected")
                    json.key("reason")
                    json.value(Problem(rejection, at: answer.token))
                }
            }
        }
    }
}
