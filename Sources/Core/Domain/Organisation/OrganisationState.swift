/// What the decider knows of one organisation: the fold of its stream.
public struct OrganisationState: Aggregate, Equatable {
    public static let category = StreamCategory("organisation")
    /// People with a role in one organisation.
    public static let membersMax = 10_000
    /// Keys of one organisation that are good at the same time.
    public static let keysMax = 100
    /// Keys of one name that are good at the same time: one may take the other's place without a gap.
    public static let keysOfNameMax = 2

    /// Nil until the organisation was created; the instance never is.
    public private(set) var created: OrganisationCreated?
    public private(set) var members: [UserID: RoleAssigned] = [:]
    /// Those that were not revoked.
    public private(set) var keys: [APIKeyID: APIKeyIssued] = [:]

    public init() {}

    public func decide(_ command: OrganisationCommand, now: Timestamp) throws(Rejection) -> [OrganisationEvent] {
        switch command {
        case .create(var organisation):
            guard created == nil else { throw Rejection(.organisationExists) }
            organisation.createdAt = now
            return [.created(organisation)]
        case .assign(var assigned, let organisation):
            try require(organisation)
            assigned.at = members[assigned.userID]?.at ?? now
            guard members[assigned.userID] != assigned else { return [] }
            guard members[assigned.userID] != nil || members.count < Self.membersMax else {
                throw Rejection(.tooManyMembers, limit: Int64(Self.membersMax))
            }
            assigned.at = now
            return [.assigned(assigned)]
        case .remove(let user, let organisation):
            try require(organisation)
            return members[user] == nil ? [] : [.removed(MemberRemoved(userID: user, at: now))]
        case .issue(var key, let organisation):
            try require(organisation)
            let good = keys.values.filter { $0.isGood(at: now) }
            guard good.count < Self.keysMax else {
                throw Rejection(.tooManyKeys, limit: Int64(Self.keysMax))
            }
            guard good.count(where: { $0.name == key.name }) < Self.keysOfNameMax else {
                throw Rejection(.tooManyKeys, subject: key.name, limit: Int64(Self.keysOfNameMax))
            }
            key.at = now
            return [.issued(key)]
        case .revoke(let key, let organisation):
            try require(organisation)
            return keys[key] == nil ? [] : [.revoked(APIKeyRevoked(keyID: key, at: now))]
        case .none: return []
        }
    }

    private func require(_ organisation: OrganisationID) throws(Rejection) {
        guard created != nil || organisation == .instance else { throw Rejection(.organisationNotFound) }
    }

    @discardableResult
    public mutating func evolve(_ event: OrganisationEvent) -> OrganisationState {
        let before = self
        switch event {
        case .created(let organisation): created = organisation
        case .assigned(let assigned): members[assigned.userID] = assigned
        case .removed(let removed): members[removed.userID] = nil
        case .issued(let key):
            // Those whose time is over need nobody's word to go.
            keys = keys.filter { $0.value.isGood(at: key.at) }
            keys[key.keyID] = key
        case .revoked(let revoked): keys[revoked.keyID] = nil
        }
        return before
    }

    /// Puts back a key that a snapshot has.
    public mutating func restore(_ key: APIKeyIssued) { keys[key.keyID] = key }

    public mutating func revert(_ before: OrganisationState) { self = before }

    /// Nothing here has a sequence number for a name.
    public mutating func didRecord(_ event: OrganisationEvent, at position: Int64) {}

    public var nextDeadline: Timestamp? { nil }

    public static func onDeadline(limit: Int) -> OrganisationCommand { .none }
}

extension APIKeyIssued {
    /// Its time is not over.
    public func isGood(at now: Timestamp) -> Bool { expiresAt.map { now < $0 } ?? true }
}

extension Rejection.Code {
    public static let organisationNotFound = Self("organisation-not-found")
    /// The id that a new organisation would get is taken.
    public static let organisationExists = Self("organisation-exists")
    /// The limit is how many people an organisation may have.
    public static let tooManyMembers = Self("too-many-members")
    /// The limit is how many keys may be good at the same time; the subject is the name that they share, or empty.
    public static let tooManyKeys = Self("too-many-keys")
}
