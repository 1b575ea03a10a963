import Synchronization

/// Tokens whose signature was checked already, by their text: a signature costs more than all the rest of a small
/// request, and a client sends the same token with each.
///
/// Bounded by two generations a shard: when the young one is full it becomes the old one, and the old one is dropped.
/// What is looked up in time moves back to the young one. So eviction costs nothing, and only the holder of a valid
/// token can cause it.
final class VerifiedTokens: Sendable {
    struct Entry {
        var principal: Principal
        /// Seconds since 1970; from then on the token is no longer good.
        var expiry: Int64
    }

    private struct Generations {
        var young: [String: Entry] = [:]
        var old: [String: Entry] = [:]
    }

    private final class Shard: Sendable {
        let generations = Mutex(Generations())
    }

    private let shards: [Shard]
    private let generationCountMax: Int
    /// Raised whenever all tokens are forgotten.
    private let editionNumber = Atomic<Int>(0)

    /// - Parameter countMax: how many tokens are kept, at most.
    init(countMax: Int, shardCount: Int = 8) {
        shards = (0..<shardCount).map { _ in Shard() }
        generationCountMax = max(1, countMax / shardCount / 2)
    }

    /// The owner of a token; nil for a token that is not known or has expired by `now`.
    func find(_ token: String, now: Int64) -> Principal? {
        shard(for: token).generations.withLock { generations in
            if let entry = generations.young[token] {
                if now < entry.expiry { return entry.principal }
                generations.young[token] = nil
            } else if let entry = generations.old[token] {
                generations.old[token] = nil
                if now < entry.expiry {
                    insert(entry, for: token, into: &generations)
                    return entry.principal
                }
            }
            return nil
        }
    }

    /// What a token is remembered by; read before the keys that it is checked with.
    var edition: Int { editionNumber.load(ordering: .acquiring) }

    /// Remembers a token, unless all were forgotten since the edition: it was checked by rules that may be over.
    func insert(_ entry: Entry, for token: String, asOf edition: Int) {
        shard(for: token).generations.withLock { generations in
            if edition == self.edition { insert(entry, for: token, into: &generations) }
        }
    }

    /// Forgets all; for when the keys change.
    func removeAll() {
        editionNumber.wrappingAdd(1, ordering: .acquiringAndReleasing)
        for shard in shards { shard.generations.withLock { $0 = Generations() } }
    }

    var count: Int {
        shards.reduce(0) { $0 + $1.generations.withLock { $0.young.count + $0.old.count } }
    }

    private func insert(_ entry: Entry, for token: String, into generations: inout Generations) {
        if generations.young.count >= generationCountMax {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[token] = entry
    }

    private func shard(for token: String) -> Shard {
        shards[Int(UInt(bitPattern: token.hashValue) % UInt(shards.count))]
    }
}
