import Contract
public import Domain
public import Projection
import SwiftProtobuf

/// Who may do what: every organisation with its members and its API keys.
public struct Organisations: AggregateProjection {
    public static let name = "organisations"
    public static let formatVersion = 1

    public private(set) var organisations: [OrganisationID: OrganisationState] = [:]
    /// In which organisations somebody has a role.
    private var organisationsOfUsers: [UserID: Set<OrganisationID>] = [:]
    /// Where each key is, by its digest.
    private var keys: [[UInt8]: (organisation: OrganisationID, key: APIKeyID)] = [:]

    public init() {}

    /// The roles that somebody has, each with its organisation, by id.
    public func roles(of user: UserID) -> [(organisation: OrganisationID, assigned: RoleAssigned)] {
        guard let places = organisationsOfUsers[user] else { return [] }
        return places.sorted().compactMap { place in
            organisations[place]?.members[user].map { (place, $0) }
        }
    }

    /// The key whose digest this is, if it was not revoked; its time may be over.
    public func key(digest: [UInt8]) -> (organisation: OrganisationID, key: APIKeyIssued)? {
        guard let place = keys[digest], let key = organisations[place.organisation]?.keys[place.key] else { return nil }
        return (place.organisation, key)
    }

    public mutating func apply(_ event: OrganisationEvent, in context: EventContext) throws(ProjectionFault) {
        let id = OrganisationID(context.stream.id)
        if case .created(let created) = event {
            guard created.organisationID == id, organisations[id]?.created == nil else {
                throw ProjectionFault(
                    "organisation \(created.organisationID) is created in the stream \(context.stream)")
            }
        }
        let before = organisations[id, default: OrganisationState()].evolve(event)
        switch event {
        case .created: break
        case .assigned(let assigned): organisationsOfUsers[assigned.userID, default: []].insert(id)
        case .removed(let removed):
            organisationsOfUsers[removed.userID]?.remove(id)
            if organisationsOfUsers[removed.userID]?.isEmpty == true { organisationsOfUsers[removed.userID] = nil }
        case .issued(let key):
            for gone in before.keys.values where organisations[id]?.keys[gone.keyID] == nil { keys[gone.digest] = nil }
            keys[key.digest] = (id, key.keyID)
        case .revoked(let revoked): if let gone = before.keys[revoked.keyID] { keys[gone.digest] = nil }
        }
    }

    // MARK: Snapshots

    public var encoded: [UInt8] {
        canonicalBytes(
            of: Holdfast_V1_OrganisationsSnapshot.with {
                $0.organisations = organisations.sorted { $0.key < $1.key }.map { id, state in
                    .with {
                        $0.organisationID = id.rawValue
                        if let created = state.created { $0.created = Holdfast_V1_OrganisationCreated(created) }
                        $0.members = state.members.sorted { $0.key < $1.key }.map { Holdfast_V1_RoleAssigned($0.value) }
                        $0.keys = state.keys.sorted { $0.key < $1.key }.map { Holdfast_V1_ApiKeyIssued($0.value) }
                    }
                }
            })
    }

    public init(encoded: [UInt8]) throws(ProjectionFault) {
        do {
            for entry in try Holdfast_V1_OrganisationsSnapshot(serializedBytes: encoded).organisations {
                let id = OrganisationID(entry.organisationID)
                var state = OrganisationState()
                if entry.hasCreated { state.evolve(.created(OrganisationCreated(entry.created))) }
                for member in entry.members {
                    let assigned = try RoleAssigned(member)
                    state.evolve(.assigned(assigned))
                    organisationsOfUsers[assigned.userID, default: []].insert(id)
                }
                for key in try entry.keys.map(APIKeyIssued.init) {
                    state.restore(key)
                    keys[key.digest] = (id, key.keyID)
                }
                organisations[id] = state
            }
        } catch {
            throw ProjectionFault("\(error)")
        }
    }

    public var lines: [String] {
        organisations.sorted { $0.key < $1.key }.flatMap { id, state in
            [jsonLine([("organisation", .text(id.rawValue)), ("name", .text(state.created?.name ?? ""))])]
                + state.members.values.sorted { $0.userID < $1.userID }.map { member in
                    jsonLine([
                        ("organisation", .text(id.rawValue)), ("user", .text(member.userID.rawValue)),
                        ("role", .text(member.role.rawValue)),
                        ("shows", .text(member.shows.map(\.rawValue).joined(separator: " "))),
                    ])
                }
                + state.keys.values.sorted { $0.keyID < $1.keyID }.map { key in
                    jsonLine([
                        ("organisation", .text(id.rawValue)), ("key", .text(key.keyID.rawValue)),
                        ("name", .text(key.name)), ("roles", .text(key.roles.map(\.rawValue).joined(separator: " "))),
                    ])
                }
        }
    }
}
