import Contract
import Domain
import EventLog
import HTTPServer
import Hummingbird
import Identity
import Sequencing
import WebAPI

/// Organisations, who has which role in them, and the API keys of their servers.
extension CommandRoutes {
    func addOrganisations(to group: RouterGroup<APIContext>) {
        group.command(.post, "organisations", createOrganisation)
        group.command(.put, "organisations/{id}/members/{userId}", assignRole)
        group.command(.delete, "organisations/{id}/members/{userId}", removeMember)
        group.command(.post, "organisations/{id}/keys", issueKey)
        group.command(.delete, "organisations/{id}/keys/{keyId}", revokeKey)
    }

    private func createOrganisation(_ call: CommandCall) async throws -> Response {
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let wanted = try body.decode(OrganisationBody.self)
        let id = OrganisationID(createdBy: identity.commandID)
        let created = OrganisationCreated(organisationID: id, name: wanted.name.text, createdAt: .distantPast)
        return try await submit(.create(created), on: id, identity, call)
    }

    private func assignRole(_ call: CommandCall) async throws -> Response {
        let (id, user) = try member(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let assigned = try body.decode(MemberBody.self).assignment(of: user, in: id)
        return try await submit(.assign(assigned, in: id), on: id, identity, call)
    }

    private func removeMember(_ call: CommandCall) async throws -> Response {
        let (id, user) = try member(call)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        return try await submit(.remove(user, from: id), on: id, identity, call)
    }

    /// The key itself is in this answer and nowhere else: a repetition of the command is answered without it.
    private func issueKey(_ call: CommandCall) async throws -> Response {
        let id = try organisation(call)
        guard id != .instance else {
            throw Problem(.forbidden, detail: "The instance has no API keys: they are for organisations.")
        }
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let wanted = try body.decode(APIKeyBody.self)
        let text = APIKeyText()
        let issued = APIKeyIssued(
            keyID: APIKeyID(issuedBy: identity.commandID), name: wanted.name.text, digest: text.digest,
            roles: try wanted.roles(), expiresAt: wanted.expiresAt, at: .distantPast)
        guard let stream = id.stream else { throw Problem(.organisationNotFound) }
        let answer = await sequencer.submit(
            identity.request(OrganisationCommand.issue(issued, in: id), on: stream, span: call.span))
        return Response(try answer.response(to: identity.commandID, with: text))
    }

    private func revokeKey(_ call: CommandCall) async throws -> Response {
        let id = try organisation(call)
        let key = try call.pathID("keyId", as: APIKeyID.self, orElse: .notFound)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        return try await submit(.revoke(key, in: id), on: id, identity, call)
    }

    private func submit(
        _ command: OrganisationCommand, on id: OrganisationID, _ identity: CommandIdentity, _ call: CommandCall
    ) async throws -> Response {
        guard let stream = id.stream else { throw Problem(.organisationNotFound) }
        return try await submit(command as any DomainCommand, on: stream, identity, call)
    }

    private func member(_ call: CommandCall) throws(Problem) -> (OrganisationID, UserID) {
        (try organisation(call), try call.pathID("userId", as: UserID.self, orElse: .notFound))
    }

    /// The organisation that the caller, a person, may change.
    private func organisation(_ call: CommandCall) throws(Problem) -> OrganisationID {
        let id = try call.pathID(as: OrganisationID.self, orElse: .organisationNotFound)
        guard call.principal.key == nil else {
            throw Problem(.forbidden, detail: "An API key can change neither members nor keys.")
        }
        guard id != .instance || call.principal.mayAct(as: .admin) else {
            throw Problem(.forbidden, detail: "Only an admin may change who works for the instance.")
        }
        guard id.stream != nil else { throw Problem(.organisationNotFound) }
        return id
    }

    /// The organisation that a new show or venue of the caller's belongs to; nil: the instance.
    ///
    /// - Parameter wanted: what the caller says; nil: the caller's own, where that is one.
    func owner(_ wanted: OrganisationID?, _ caller: Principal) async throws(Problem) -> OrganisationID? {
        let own = caller.grants.filter { $0.role.covers(.organiser) && $0.shows == nil }
        if let wanted {
            guard own.contains(where: { $0.counts(for: wanted, nil) }) else {
                throw Problem(.forbidden, detail: "The caller is no organiser of organisation \(wanted).")
            }
            guard wanted != .instance, let stream = wanted.stream else { throw .unknown(wanted) }
            try await log.requireEvents(of: stream, orElse: .unknown(wanted))
            return wanted
        }
        if own.contains(where: { $0.organisation == nil }) { return nil }
        let organisations = Set(own.compactMap(\.organisation))
        guard let only = organisations.first, organisations.count == 1 else {
            throw organisations.isEmpty
                ? Problem(.forbidden, detail: "Only an organiser of all shows may create one.")
                : .invalid("organisationId is missing: the caller is an organiser of several.")
        }
        return only
    }
}

extension Problem {
    fileprivate static func unknown(_ organisation: OrganisationID) -> Problem {
        Problem(.unknownOrganisation, detail: "There is no organisation \(organisation).")
    }
}
