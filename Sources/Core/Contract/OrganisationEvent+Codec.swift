public import Domain
public import EventLog
import Foundation
import SwiftProtobuf

extension OrganisationState: LoggedAggregate {
    public static let codec = EventCodec<OrganisationEvent>([
        .init("OrganisationCreated", as: Holdfast_V1_OrganisationCreated.self) {
            guard case .created(let event) = $0 else { return nil }
            return Holdfast_V1_OrganisationCreated(event)
        } read: {
            .created(OrganisationCreated($0))
        },
        .init("RoleAssigned", as: Holdfast_V1_RoleAssigned.self) {
            guard case .assigned(let event) = $0 else { return nil }
            return Holdfast_V1_RoleAssigned(event)
        } read: {
            .assigned(try RoleAssigned($0))
        },
        .init("MemberRemoved", as: Holdfast_V1_MemberRemoved.self) { event in
            guard case .removed(let event) = event else { return nil }
            return .with {
                $0.userID = event.userID.rawValue
                $0.at = event.at.microseconds
            }
        } read: {
            .removed(MemberRemoved(userID: UserID($0.userID), at: Timestamp(microseconds: $0.at)))
        },
        .init("ApiKeyIssued", as: Holdfast_V1_ApiKeyIssued.self) {
            guard case .issued(let event) = $0 else { return nil }
            return Holdfast_V1_ApiKeyIssued(event)
        } read: {
            .issued(try APIKeyIssued($0))
        },
        .init("ApiKeyRevoked", as: Holdfast_V1_ApiKeyRevoked.self) { event in
            guard case .revoked(let event) = event else { return nil }
            return .with {
                $0.keyID = event.keyID.rawValue
                $0.at = event.at.microseconds
            }
        } read: {
            .revoked(APIKeyRevoked(keyID: APIKeyID($0.keyID), at: Timestamp(microseconds: $0.at)))
        },
    ])
}

extension EncodedEvent {
    /// An organisation's event as it is written today.
    public init(_ event: OrganisationEvent) { self = OrganisationState.codec.encode(event) }
}

extension Holdfast_V1_OrganisationCreated {
    public init(_ event: OrganisationCreated) {
        self.init()
        organisationID = event.organisationID.rawValue
        name = event.name
        createdAt = event.createdAt.microseconds
    }
}

extension OrganisationCreated {
    public init(_ message: Holdfast_V1_OrganisationCreated) {
        self.init(
            organisationID: OrganisationID(message.organisationID), name: message.name,
            createdAt: Timestamp(microseconds: message.createdAt))
    }
}

extension Holdfast_V1_RoleAssigned {
    public init(_ event: RoleAssigned) {
        self.init()
        userID = event.userID.rawValue
        role = event.role.rawValue
        shows = event.shows.map(\.rawValue)
        at = event.at.microseconds
    }
}

extension RoleAssigned {
    public init(_ message: Holdfast_V1_RoleAssigned) throws(UnreadableEvent) {
        self.init(
            userID: UserID(message.userID), role: try Role(recorded: message.role),
            shows: message.shows.map { ShowID($0) }, at: Timestamp(microseconds: message.at))
    }
}

extension Holdfast_V1_ApiKeyIssued {
    public init(_ event: APIKeyIssued) {
        self.init()
        keyID = event.keyID.rawValue
        name = event.name
        digest = Data(event.digest)
        roles = event.roles.map(\.rawValue)
        if let expiresAt = event.expiresAt { self.expiresAt = expiresAt.microseconds }
        at = event.at.microseconds
    }
}

extension APIKeyIssued {
    public init(_ message: Holdfast_V1_ApiKeyIssued) throws(UnreadableEvent) {
        self.init(
            keyID: APIKeyID(message.keyID), name: message.name, digest: Array(message.digest),
            roles: try message.roles.map { text throws(UnreadableEvent) in try Role(recorded: text) },
            expiresAt: message.hasExpiresAt ? Timestamp(microseconds: message.expiresAt) : nil,
            at: Timestamp(microseconds: message.at))
    }
}

extension Role {
    fileprivate init(recorded text: String) throws(UnreadableEvent) {
        guard let role = Role(rawValue: text) else { throw UnreadableEvent("an unknown role: \(text)") }
        self = role
    }
}
