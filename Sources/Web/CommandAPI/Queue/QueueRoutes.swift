import Contract
import Domain
public import EventLog
public import HTTPServer
public import Hummingbird
public import Identity
public import Sequencing
import Text
public import WebAPI

/// The calls that change a show's waiting room, or one's place in it.
///
/// A room is an aggregate of its own, so that a million people who join never contend with a hold. The show learns by a
/// command of its own whether it has a room, and which admissions ended: each handler proposes it after the room has decided,
/// and the admission process proposes it again where a handler did not get that far.
public struct QueueRoutes: Sendable {
    private let sequencer: Sequencer
    private let log: any EventReader
    private let limits: ServerLimits
    private let admissions: AdmissionTokens
    private let secrets: RoomSecrets

    /// - Parameters:
    ///   - admissions: makes the tokens of those who claim their admission.
    ///   - secrets: the instance's own seeds, of which a room publishes the hash.
    public init(
        sequencer: Sequencer, log: any EventReader, limits: ServerLimits, admissions: AdmissionTokens,
        secrets: RoomSecrets
    ) {
        self.sequencer = sequencer
        self.log = log
        self.limits = limits
        self.admissions = admissions
        self.secrets = secrets
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.command(.put, "shows/{id}/queue", configure)
        group.command(.post, "shows/{id}/queue/pause", pause)
        group.command(.post, "shows/{id}/queue/resume", resume)
        group.command(.post, "shows/{id}/queue/end", end)
        group.command(.post, "shows/{id}/queue/draw/seeds", reveal)
        group.command(.post, "shows/{id}/queue/draw/beacon", recordBeacon)
        group.command(.post, "shows/{id}/queue/draw/forfeits", forfeit)
        group.command(.post, "shows/{id}/queue/entries", join)
        group.command(.post, "shows/{id}/queue/entries/{entryId}/claim", claim)
        group.command(.delete, "shows/{id}/queue/entries/{entryId}", leave)
    }

    // MARK: The room

    private func configure(_ call: CommandCall) async throws -> Response {
        let show = try self.show(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let settings = try body.decode(QueueBody.self).settings()
        try await requireShow(show)
        let command = RoomCommand.configure(settings, showID: show, instanceCommitment: secrets.commitment(of: show))
        let answer = await submit(command, on: show, identity, call)
        let response = try answer.response(to: identity.commandID) { recorded throws(Problem) in
            try recorded.queueResponse { if case .configured = $0 { true } else { false } }
        }
        try await tell(show, .requireAdmission(true), as: "require-admission/true/\(identity.commandID)", identity)
        return Response(response)
    }

    private func pause(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let reason = try body.decode(PauseBody.self).reason.text
        return try await change(.pause(reason: reason), identity, call)
    }

    private func resume(_ call: CommandCall) async throws -> Response {
        try await change(.resume, try await call.identity(bytesMax: limits.bodyBytesMax), call)
    }

    private func end(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.bodyIfAny(bytesMax: limits.bodyBytesMax)
        let reason = try body?.decode(EndBody.self).reason?.text
        let response = try await change(.end(reason: reason), identity, call)
        let show = try self.show(call)
        try await tell(show, .requireAdmission(false), as: "require-admission/false/\(identity.commandID)", identity)
        return response
    }

    private func change(_ command: RoomCommand, _ identity: CommandIdentity, _ call: CommandCall) async throws
        -> Response
    {
        let show = try self.show(call)
        return Response(
            try await submit(command, on: show, identity, call)
                .response(to: identity.commandID) { recorded throws(Problem) in
                    try recorded.queueResponse { if case .phaseChanged = $0 { true } else { false } }
                })
    }

    // MARK: The draw

    private func reveal(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let seed = try body.decode(SeedBody.self)
        return try await draw(.reveal(party: seed.party.text, seed: seed.seed.bytes), identity, call)
    }

    private func recordBeacon(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let beacon = try body.decode(BeaconBody.self)
        let command = RoomCommand.recordBeacon(
            round: beacon.round, randomness: beacon.randomness.bytes, signature: beacon.signature.bytes)
        return try await draw(command, identity, call)
    }

    private func forfeit(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        return try await draw(.forfeit(party: try body.decode(ForfeitBody.self).party.text), identity, call)
    }

    private func draw(_ command: RoomCommand, _ identity: CommandIdentity, _ call: CommandCall) async throws -> Response
    {
        let show = try self.show(call)
        return Response(
            try await submit(command, on: show, identity, call)
                .response(to: identity.commandID) { recorded throws(Problem) in
                    try recorded.queueResponse {
                        switch $0 {
                        case .seedRevealed, .beaconRecorded, .partyForfeited: true
                        case .configured, .joined, .admitted, .claimed, .ended, .phaseChanged, .drawSealed, .drawHeld:
                            false
                        }
                    }
                })
    }

    // MARK: Entries

    private func join(_ call: CommandCall) async throws -> Response {
        let show = try self.show(call)
        let (body, identity) = try await call.bodyIfAny(bytesMax: limits.bodyBytesMax)
        let nonce = try body?.decode(JoinBody.self).nonce?.text
        let entry = EntryID(on: show, placedBy: identity.commandID)
        let answer = await submit(.join(entry, identity.principal.userID, nonce: nonce), on: show, identity, call)
        return Response(
            try answer.response(to: identity.commandID) { recorded throws(Problem) in
                // A person's second entry is the first one.
                if let first = recorded.firstEntry {
                    return WholeResponse.json(.ok, token: recorded.token) { json in
                        json.object { json in
                            json.member("entryId", first)
                            json.member("showId", show)
                            json.member("userId", identity.principal.userID)
                        }
                    }
                }
                return try recorded.queueResponse { if case .joined = $0 { true } else { false } }
            })
    }

    private func claim(_ call: CommandCall) async throws -> Response {
        let (show, entry) = try self.entry(call)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        let answer = await submit(.claim(entry, identity.principal.userID), on: show, identity, call)
        return Response(
            try answer.response(to: identity.commandID) { recorded throws(Problem) in
                try recorded.queueResponse(admissions) { if case .claimed = $0 { true } else { false } }
            })
    }

    private func leave(_ call: CommandCall) async throws -> Response {
        let (show, entry) = try self.entry(call)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        let answer = await submit(.leave(entry, identity.principal.userID), on: show, identity, call)
        let response = try answer.response(to: identity.commandID) { recorded throws(Problem) in
            try recorded.queueResponse { if case .ended = $0 { true } else { false } }
        }
        // Whoever is told that they are done can't hold anything more with the admission.
        if case .recorded(let recorded, _) = answer, recorded.givesAdmissionBack {
            try await tell(show, .endAdmission(entry), as: "end-admission/\(entry)/\(identity.commandID)", identity)
        }
        return Response(response)
    }

    /// The show in the path. An id so long that its room's stream could have no name is no show's.
    private func show(_ call: CommandCall) throws(Problem) -> ShowID {
        let show = try call.pathID(as: ShowID.self, orElse: .showNotFound)
        guard StreamID(checking: show.roomStream.rawValue) != nil else { throw Problem(.showNotFound) }
        return show
    }

    private func entry(_ call: CommandCall) throws(Problem) -> (ShowID, EntryID) {
        let show = try self.show(call)
        let entry = try call.pathID("entryId", as: EntryID.self, orElse: .entryNotFound)
        guard entry.show == show else { throw Problem(.entryNotFound) }
        return (show, entry)
    }

    // MARK: Submitting

    private func submit(
        _ command: RoomCommand, on show: ShowID, _ identity: CommandIdentity, _ call: CommandCall
    ) async -> CommandAnswer {
        await sequencer.submit(identity.request(command, on: show.roomStream, span: call.span))
    }

    /// Has the show record what follows for it from what the room recorded.
    ///
    /// Throws the show's refusal; and `outcome-unknown` where that did not get as far, so that the caller sends the same
    /// command again, and it is done then.
    private func tell(
        _ show: ShowID, _ command: ShowCommand, as name: String, _ identity: CommandIdentity
    ) async throws(Problem) {
        let request = CommandRequest(bySystem: command, on: StreamID(show), named: name)
        guard case .recorded(let recorded, _) = await sequencer.submit(request) else {
            var problem = Problem(
                .outcomeUnknown, detail: "Ask again with the same Idempotency-Key.", outcome: .unknown,
                retryAfterSeconds: 1)
            problem.set(command: identity.commandID, replayed: false)
            throw problem
        }
        guard case .rejected(let rejection) = recorded.outcome else { return }
        var problem = Problem(rejection, at: recorded.token)
        problem.set(command: identity.commandID, replayed: false)
        throw problem
    }

    /// A room is set up for a show that is there; shows never go away.
    private func requireShow(_ show: ShowID) async throws(Problem) {
        try await log.requireEvents(of: StreamID(show), orElse: Problem(.showNotFound))
    }
}

extension RecordedAnswer {
    /// The entry that somebody who joins has already; nil: they joined, or were refused for another reason.
    fileprivate var firstEntry: EntryID? {
        guard case .rejected(let rejection) = outcome, rejection.code == .alreadyInQueue else { return nil }
        return EntryID(checking: rejection.subject)
    }

    /// Somebody who was admitted is done.
    fileprivate var givesAdmissionBack: Bool {
        events.contains { if case .ended(let ended)? = $0.event as? RoomEvent { ended.how == .done } else { false } }
    }
}
