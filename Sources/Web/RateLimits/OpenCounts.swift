import Synchronization

/// How many of something each key has open at once. Takes memory for what is open, and for nothing else.
public final class OpenCounts<Key: Hashable & Sendable>: Sendable {
    /// One that is open, until nobody has this any more.
    public final class Lease: Sendable {
        private let counts: OpenCounts
        private let key: Key

        fileprivate init(_ counts: OpenCounts, _ key: Key) {
            self.counts = counts
            self.key = key
        }

        deinit { counts.end(key) }
    }

    public let countMax: Int
    private let counts = Mutex<[Key: Int]>([:])

    public init(countMax: Int) { self.countMax = countMax }

    /// Opens one more of the key's; nil: it has as many open as may be.
    public func open(_ key: Key) -> Lease? {
        let hasRoom = counts.withLock { counts in
            let count = counts[key] ?? 0
            guard count < countMax else { return false }
            counts[key] = count + 1
            return true
        }
        return hasRoom ? Lease(self, key) : nil
    }

    /// How many keys have something open.
    var keyCount: Int { counts.withLock { $0.count } }

    private func end(_ key: Key) {
        counts.withLock { counts in
            guard let count = counts[key], count > 1 else {
                counts[key] = nil
                return
            }
            counts[key] = count - 1
        }
    }
}
