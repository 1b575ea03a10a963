public import Domain

/// The sessions that a node knows, so that a request costs no query.
///
/// It is as right as what it has heard: ``heardThrough`` is the number of the last revocation that it applied. What was read
/// before a later revocation is not taken in. Bounded by two generations: when
/// the young one is full, it becomes the old one, and the old one is dropped; what is looked up moves back to the young one.
public struct SessionMemory: Sendable {
    public struct Session: Hashable, Sendable {
        public var account: UserID
        public var times: SessionTimes

        public init(account: UserID, times: SessionTimes) {
            self.account = account
            self.times = times
        }
    }

    public enum Finding: Equatable, Sendable {
        case live(UserID)
        /// It has ended, and does not come back.
        case ended
        /// The database knows. (Also of one whose idle time seems over: another node may have seen it since.)
        case unknown
    }

    private enum Entry: Sendable {
        /// `notedAt`: the time of the last request that the database has, or will have.
        case live(Session, notedAt: Timestamp)
        case ended
    }

    private let clock: SessionClock
    private let generationCountMax: Int
    private var young: [SecretHash: Entry] = [:]
    private var old: [SecretHash: Entry] = [:]
    private var unnoted: [SecretHash: Timestamp] = [:]
    /// The number of the last revocation that was applied; nil: nothing was heard yet, and nothing is believed.
    public private(set) var heardThrough: Int64?

    /// - Parameter countMax: how many sessions are remembered, live and ended together; about 250 bytes each.
    public init(clock: SessionClock, countMax: Int = 50_000) {
        self.clock = clock
        generationCountMax = max(1, countMax / 2)
    }

    public var count: Int { young.count + old.count }

    /// What is known of a session, which a request comes with now.
    public mutating func find(_ hash: SecretHash, at now: Timestamp) -> Finding {
        guard let entry = young[hash] ?? old[hash] else { return .unknown }
        switch entry {
        case .ended:
            keep(.ended, hash)
            return .ended
        case .live(var session, var notedAt):
            guard !clock.isOver(session.times, at: now) else {
                forget(hash)
                return .unknown
            }
            session.times.seenAt = max(session.times.seenAt, now)
            if notedAt.adding(seconds: clock.noteSeconds) <= now, unnoted.count < generationCountMax {
                notedAt = now
                unnoted[hash] = now
            }
            keep(.live(session, notedAt: notedAt), hash)
            return .live(session.account)
        }
    }

    /// Whether a session is remembered and live. It does not count as used.
    public func isLive(_ hash: SecretHash, at now: Timestamp) -> Bool {
        guard case .live(let session, _) = young[hash] ?? old[hash] else { return false }
        return !clock.isOver(session.times, at: now)
    }

    /// Takes in what the database said.
    ///
    /// - Parameters:
    ///   - session: nil: there is none, or it is over.
    ///   - number: that of the last revocation when it was read.
    /// - Returns: false where revocations since then are known: it has to be read again.
    public mutating func learn(_ session: Session?, of hash: SecretHash, asOf number: Int64) -> Bool {
        guard let heardThrough, number >= heardThrough else { return false }
        keep(session.map { .live($0, notedAt: $0.times.seenAt) } ?? .ended, hash)
        return true
    }

    /// Applies revocations, in order.
    ///
    /// - Parameter number: that of the last of them.
    public mutating func revoke(_ hashes: some Sequence<SecretHash>, through number: Int64) {
        for hash in hashes {
            unnoted[hash] = nil
            keep(.ended, hash)
        }
        heardThrough = max(heardThrough ?? number, number)
    }

    /// Starts anew from this revocation: those between are not to be had.
    public mutating func startOver(at number: Int64) {
        young = [:]
        old = [:]
        unnoted = [:]
        heardThrough = number
    }

    /// Sessions with requests that the database has not noted, at most so many. They count as noted.
    public mutating func takeUnnoted(limit: Int) -> [(hash: SecretHash, seenAt: Timestamp)] {
        let taken = unnoted.prefix(limit).map { (hash: $0.key, seenAt: $0.value) }
        for (hash, _) in taken { unnoted[hash] = nil }
        return taken
    }

    private mutating func keep(_ entry: Entry, _ hash: SecretHash) {
        if young[hash] == nil {
            old[hash] = nil
            if young.count >= generationCountMax {
                old = young
                young = [:]
            }
        }
        young[hash] = entry
    }

    private mutating func forget(_ hash: SecretHash) {
        young[hash] = nil
        old[hash] = nil
    }
}
