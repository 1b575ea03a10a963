public import Domain
public import EventLog
public import HTTPServer
public import Hummingbird
public import Identity
import NIOCore
public import Sequencing
import Text
public import WebAPI

/// The calls that change something, and the one that asks what came of it.
public struct CommandRoutes: Sendable {
    let sequencer: Sequencer
    let log: any EventReader
    private let canCharge: PriceRule
    let limits: ServerLimits
    let readTicketCode: TicketCodeReader?
    private let readAdmission: AdmissionReader?
    /// Each may be a thousand events: more at once would make one append too large for everybody else.
    let uploads = InFlightLimit(countMax: 4)
    let largeBodies = LargeBodyReader()

    /// Whether the payment provider can charge this much, in the currency's minor units.
    public typealias PriceRule = @Sendable (_ minorUnits: Int64, _ currency: String) -> Bool

    /// The currencies whose amounts the provider may take in larger steps only.
    static let currenciesOfLargeSteps = ["BHD", "IQD", "ISK", "JOD", "KWD", "LYD", "MGA", "OMR", "TND", "UGX"]

    /// Checks a code's signature and reads it; nil: it is none of ours.
    public typealias TicketCodeReader = @Sendable (_ code: String) -> TicketCodes.Claim?

    /// Checks an admission's token and reads it; nil: it is none of ours.
    public typealias AdmissionReader = @Sendable (_ token: String) -> Admission?

    /// - Parameters:
    ///   - canCharge: what a price may be.
    ///   - readTicketCode: nil: this node can't check codes, and has no call to scan tickets with.
    ///   - readAdmission: nil: this node can't check admissions, so a show with a waiting room refuses its holds.
    public init(
        sequencer: Sequencer, log: any EventReader, limits: ServerLimits, canCharge: @escaping PriceRule,
        readTicketCode: TicketCodeReader? = nil, readAdmission: AdmissionReader? = nil
    ) {
        self.sequencer = sequencer
        self.log = log
        self.limits = limits
        self.canCharge = canCharge
        self.readTicketCode = readTicketCode
        self.readAdmission = readAdmission
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.command(.post, "shows", createShow)
        group.command(.patch, "shows/{id}", changeShow)
        group.command(.put, "shows/{id}/allocations", allocate)
        group.command(.post, "shows/{id}/holds", placeHold)
        group.command(.patch, "holds/{id}", changeHold)
        group.command(.post, "holds/{id}/extend", extendHold)
        group.command(.delete, "holds/{id}", releaseHold)
        group.command(.post, "shows/{id}/cancel", cancelShow)
        group.get("commands/{id}") { request, context in try await command(request, context) }
        addWaitlist(to: group)
        addOrganisations(to: group)
        addVenues(to: group)
        addTickets(to: group)
        addDoor(to: group)
        addPayments(to: group)
    }

    private func createShow(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.largeBody(limits, largeBodies)
        let showID = ShowID(createdBy: identity.commandID)
        let wanted = try await read(body) { try $0.decode(ShowBody.self) }
        let venue: VenueCreated? = if let id = wanted.venueId { try await self.venue(id) } else { nil }
        let owner = try await owner(wanted.organisationId, call.principal)
        let show = try await read(body) { [canCharge] _ in
            try wanted.show(showID, of: owner, at: venue, canCharge: canCharge)
        }
        return try await submit(.create(show), on: showID, identity, call)
    }

    private func changeShow(_ call: CommandCall) async throws -> Response {
        let showID = try call.pathID(as: ShowID.self, orElse: .showNotFound)
        let (body, identity) = try await call.largeBody(limits, largeBodies)
        let command = try await read(body) { [canCharge] in try $0.decode(ShowPatchBody.self).command(canCharge) }
        return try await submit(command, on: showID, identity, call)
    }

    private func allocate(_ call: CommandCall) async throws -> Response {
        let showID = try call.pathID(as: ShowID.self, orElse: .showNotFound)
        let (body, identity) = try await call.largeBody(limits, largeBodies)
        let command = try await read(body) { try $0.decode(AllocationsBody.self).command() }
        return try await submit(command, on: showID, identity, call)
    }

    /// What is in a body that may be large.
    func read<Value: Sendable>(
        _ body: JSONBody, _ work: @escaping @Sendable (JSONBody) throws -> Value
    ) async throws -> Value {
        try await largeBodies.run(body.bytes.readableBytes, limits) { try work(body) }
    }

    private func changeHold(_ call: CommandCall) async throws -> Response {
        let (holdID, showID) = try hold(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let command = try body.decode(HoldChangeBody.self).command(holdID, by: identity.principal, admission(call))
        return try await submit(command, on: showID, identity, call)
    }

    private func extendHold(_ call: CommandCall) async throws -> Response {
        let (holdID, showID) = try hold(call)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        return try await submit(.extendHold(holdID, by: call.principal.userID), on: showID, identity, call)
    }

    private func placeHold(_ call: CommandCall) async throws -> Response {
        let showID = try call.pathID(as: ShowID.self, orElse: .showNotFound)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let command = try body.decode(HoldBody.self).command(on: showID, identity, admission(call))
        return try await submit(command, on: showID, identity, call)
    }

    /// What the header `Admission` says. One that is forged, damaged, or there twice says nothing: the show decides whether it
    /// needs one.
    func admission(_ call: CommandCall) -> Admission? {
        let tokens = call.headers[values: .admission]
        return tokens.count == 1 ? readAdmission?(tokens[0]) : nil
    }

    private func releaseHold(_ call: CommandCall) async throws -> Response {
        let (holdID, showID) = try hold(call)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        return try await submit(.releaseHold(holdID, by: call.principal.userID), on: showID, identity, call)
    }

    private func hold(_ call: CommandCall) throws(Problem) -> (HoldID, ShowID) {
        let holdID = try call.pathID(as: HoldID.self, orElse: .holdNotFound)
        guard let showID = holdID.show else { throw Problem(.holdNotFound) }
        return (holdID, showID)
    }

    private func cancelShow(_ call: CommandCall) async throws -> Response {
        let showID = try call.pathID(as: ShowID.self, orElse: .showNotFound)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        return try await submit(.cancelShow, on: showID, identity, call)
    }

    /// Submits the command and answers with its recorded outcome.
    func submit(
        _ command: ShowCommand, on show: ShowID, _ identity: CommandIdentity, _ call: CommandCall
    ) async throws -> Response {
        try await submit(command, on: StreamID(show), identity, call)
    }

    /// Submits a command of the stream's own aggregate, and answers with its recorded outcome.
    func submit(
        _ command: any DomainCommand, on stream: StreamID, _ identity: CommandIdentity, _ call: CommandCall
    ) async throws -> Response {
        let answer = await sequencer.submit(identity.request(command, on: stream, span: call.span))
        return Response(try answer.response(to: identity.commandID))
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
