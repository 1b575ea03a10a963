public import Domain
public import Following
public import Identity
public import Organisations
import Synchronization

/// Roles and API keys as the log has them, by this node's view of it.
public final class RecordedRoles: RoleRegister {
    private let view: View<Organisations>
    private let hasCaughtUp: @Sendable () -> Bool
    private let now: @Sendable () -> Timestamp
    /// When each key was last used on this node. Keys that are gone are dropped when there are too many.
    private let uses = Mutex<[APIKeyID: Timestamp]>([:])
    private static let usesMax = 100_000

    /// - Parameter hasCaughtUp: whether the view has been at the log's head: an old snapshot has keys that were revoked since.
    public init(
        view: View<Organisations>, hasCaughtUp: @escaping @Sendable () -> Bool,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.view = view
        self.hasCaughtUp = hasCaughtUp
        self.now = now
    }

    public var isCurrent: Bool { hasCaughtUp() && view.stop == nil }

    public func grants(of user: UserID) -> [Grant] {
        view.read { organisations, _ in
            organisations.roles(of: user).map { place, assigned in
                Grant(
                    assigned.role, of: place == .instance ? nil : place,
                    shows: assigned.shows.isEmpty ? nil : Set(assigned.shows))
            }
        }
    }

    public func holder(ofKey text: String) -> Principal? {
        guard text.utf8.count < 100 else { return nil }
        let digest = APIKeyText.digest(of: text)
        let time = now()
        guard let (organisation, key) = view.read({ organisations, _ in organisations.key(digest: digest) }),
            key.isGood(at: time)
        else { return nil }
        uses.withLock { uses in
            if uses.count >= Self.usesMax { uses.removeAll() }
            uses[key.keyID] = time
        }
        return Principal(
            key: KeyHolder(id: key.keyID, organisation: organisation, sells: key.roles.contains(.user)),
            grants: key.roles.filter { $0 != .user }.map { Grant($0, of: organisation) })
    }

    /// When a key was last used on this node, since it started; nil: it was not.
    public func lastUse(of key: APIKeyID) -> Timestamp? { uses.withLock { $0[key] } }
}
