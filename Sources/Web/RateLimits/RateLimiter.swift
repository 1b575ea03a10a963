import Synchronization

/// ``RateTable`` for many threads: sixteen of them, each behind a lock of its own that is held for one look at one set.
public final class RateLimiter: Sendable {
    /// A key that a request is charged to, and what it may do.
    public struct Charge: Sendable {
        public var key: UInt64
        public var limit: RateLimit

        public init(_ key: UInt64, _ limit: RateLimit) {
            self.key = key
            self.limit = limit
        }
    }

    /// What a request's keys come to.
    public enum Verdict: Equatable, Sendable {
        /// How the first key stands now.
        case admitted(RateDecision)
        /// - Parameter index: of the key that has nothing left.
        case refused(RateDecision, index: Int)
    }

    private final class Shard: Sendable {
        let table: Mutex<RateTable>

        init(keysMax: Int) { table = Mutex(RateTable(keysMax: keysMax)) }
    }

    private static let shardCount = 16
    /// Enough for the busiest minute of a large sale; the tables take 31 MiB.
    public static let keysMaxDefault = 1_000_000

    private let shards: [Shard]

    /// - Parameter keysMax: see ``RateTable/init(keysMax:)``.
    public init(keysMax: Int = keysMaxDefault) {
        let share = (keysMax + Self.shardCount - 1) / Self.shardCount
        shards = (0..<Self.shardCount).map { _ in Shard(keysMax: share) }
    }

    public var byteCount: Int { shards.reduce(0) { $0 + $1.table.withLock { $0.byteCount } } }

    /// Whether the key would be admitted; changes nothing.
    public func peek(_ charge: Charge, at now: Int64) -> RateDecision {
        shard(of: charge.key).table.withLock { $0.peek(charge.key, charge.limit, at: now) }
    }

    public func charge(_ charge: Charge, at now: Int64) -> RateDecision {
        shard(of: charge.key).table.withLock { $0.charge(charge.key, charge.limit, at: now) }
    }

    /// Decides a request that has to be good for each of two keys. A request that is refused for one of them costs the other
    /// nothing: somebody who is over their own limit does not use up what their neighbours share. (Only where two threads
    /// take the last of the second key at the same time, the loser's first key has paid.)
    public func charge(_ first: Charge, _ second: Charge?, at now: Int64) -> Verdict {
        if let second {
            let shared = peek(second, at: now)
            if !shared.isAdmitted { return .refused(shared, index: 1) }
        }
        let own = charge(first, at: now)
        guard own.isAdmitted else { return .refused(own, index: 0) }
        if let second {
            let shared = charge(second, at: now)
            guard shared.isAdmitted else { return .refused(shared, index: 1) }
        }
        return .admitted(own)
    }

    /// The set within a table is chosen by the high bits.
    private func shard(of key: UInt64) -> Shard { shards[Int(key % UInt64(Self.shardCount))] }
}
