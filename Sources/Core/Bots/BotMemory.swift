import Synchronization

/// What a node remembers of callers and of addresses to tell programs from people: fixed tables, in memory alone. Nothing of
/// it is stored, logged or told to another node.
///
/// Everything takes one look at one set of slots, behind one of sixteen locks. Deterministic: time is a parameter, in
/// nanoseconds of a clock that does not go back.
public final class BotMemory: Sendable {
    /// Who makes a request, and how. Keys are spread evenly over all 64-bit numbers in a way that no caller can foresee.
    public struct Visitor: Sendable {
        public var caller: UInt64
        /// Nil: not known any more.
        public var address: UInt64?
        /// Of the headers; see ``HeaderTraits/print``.
        public var print: UInt64
        public var headers: HeaderOddity

        public init(caller: UInt64, address: UInt64?, print: UInt64, headers: HeaderOddity) {
            self.caller = caller
            self.address = address
            self.print = print
            self.headers = headers
        }
    }

    /// What became of a request.
    public enum Outcome: Sendable {
        /// Places are held. Whether the hold is let go later or left to expire makes no difference.
        case held
        case ordered
    }

    private final class Shard: Sendable {
        let callers: Mutex<RecentTable<CallerEntry>>
        let addresses: Mutex<RecentTable<AddressEntry>>

        init(callersMax: Int, addressesMax: Int) {
            callers = Mutex(RecentTable(keysMax: callersMax))
            addresses = Mutex(RecentTable(keysMax: addressesMax))
        }
    }

    private static let shardCount = 16
    public static let callersMaxDefault = 200_000
    public static let addressesMaxDefault = 50_000
    /// A try so soon after the caller's step before is hurried.
    static let hurryNanoseconds: Int64 = 500_000_000
    /// A caller is fresh for so long after their first request.
    static let freshNanoseconds: Int64 = 20_000_000_000

    /// Whoever comes in this time after the node has started may have been here for long.
    static let unknowingNanoseconds: Int64 = 60_000_000_000

    private let shards: [Shard]
    private let knowsSince: Int64

    /// - Parameters:
    ///   - startedAt: by the clock of all other times; callers who are first seen a moment later are not taken for new.
    ///   - callersMax: callers that are remembered at once.
    ///   - addressesMax: the same for addresses.
    public init(callersMax: Int = callersMaxDefault, addressesMax: Int = addressesMaxDefault, startedAt: Int64 = 0) {
        knowsSince = startedAt + Self.unknowingNanoseconds
        shards = (0..<Self.shardCount).map { _ in
            Shard(
                callersMax: (callersMax + Self.shardCount - 1) / Self.shardCount,
                addressesMax: (addressesMax + Self.shardCount - 1) / Self.shardCount)
        }
    }

    public var byteCount: Int {
        shards.reduce(0) { $0 + $1.callers.withLock { $0.byteCount } + $1.addresses.withLock { $0.byteCount } }
    }

    /// Somebody asks for something that takes no places.
    ///
    /// - Parameters:
    ///   - caller: nil: nobody who is known.
    ///   - isLook: it is something to look at, such as a seat map.
    public func note(caller: UInt64?, address: UInt64?, isLook: Bool, at now: Int64) {
        if let caller {
            shard(caller).callers.withLock { $0.update(caller, at: now) { $0.step(isLook: isLook, at: now) } }
        }
        if let address, isLook {
            shard(address).addresses.withLock { $0.update(address, at: now) { $0.look(at: now) } }
        }
    }

    /// A caller tries to take places: what is known of them by now.
    public func tries(_ visitor: Visitor, at now: Int64) -> BotSignals {
        var signals = BotSignals()
        signals.headers = visitor.headers
        let isFresh = shard(visitor.caller).callers.withLock { callers in
            callers.update(visitor.caller, at: now) {
                $0.tries(from: visitor.address, &signals, knowsSince: knowsSince, at: now)
            }
        }
        guard let address = visitor.address else { return signals }
        shard(address).addresses.withLock { addresses in
            addresses.update(address, at: now) { $0.tries(visitor, isFresh: isFresh, &signals, at: now) }
        }
        return signals
    }

    /// A request of the caller's was done.
    public func settle(_ outcome: Outcome, of caller: UInt64, at now: Int64) {
        shard(caller).callers.withLock { $0.update(caller, at: now) { $0.settle(outcome, at: now) } }
    }

    /// The set within a table is chosen by the high bits.
    private func shard(_ key: UInt64) -> Shard { shards[Int(key % UInt64(Self.shardCount))] }
}

/// What is known of one caller.
struct CallerEntry: RecentEntry {
    let firstSeen: Int64
    private(set) var lastSeen: Int64
    private var hasLooked = false
    private var triesCount = RecentCount()
    private var hurried = RecentCount()
    /// Holds that are neither paid for nor outweighed by those that are.
    private var unbought = RecentCount()
    private var addresses = RecentKeys()

    /// An order shows more good will than a hold that was let go shows ill.
    private static let holdsPerOrder = 3.0

    init(firstSeen: Int64) {
        self.firstSeen = firstSeen
        lastSeen = firstSeen
    }

    func worth(at now: Int64) -> Double { triesCount.value(at: now) + 4 * unbought.value(at: now) }

    mutating func step(isLook: Bool, at now: Int64) {
        lastSeen = now
        hasLooked = hasLooked || isLook
    }

    /// - Returns: whether the caller was first seen a moment ago.
    mutating func tries(
        from address: UInt64?, _ signals: inout BotSignals, knowsSince: Int64, at now: Int64
    ) -> Bool {
        // The first request of all is no hurry.
        let isKnown = firstSeen != now || triesCount.value(at: now) > 0
        if isKnown, now - lastSeen < BotMemory.hurryNanoseconds { hurried.add(at: now) }
        triesCount.add(at: now)
        if let address { addresses.insert(address, at: now) }
        lastSeen = now
        let since = firstSeen < knowsSince ? firstSeen - BotMemory.unknowingNanoseconds : firstSeen
        signals.ageSeconds = Int((now - since) / 1_000_000_000)
        signals.hurriedTries = hurried.count(at: now)
        signals.tries = triesCount.count(at: now)
        signals.unboughtHolds = unbought.count(at: now)
        signals.addresses = addresses.count(at: now)
        signals.hasLooked = hasLooked
        return now - since < BotMemory.freshNanoseconds
    }

    mutating func settle(_ outcome: BotMemory.Outcome, at now: Int64) {
        lastSeen = max(lastSeen, now)
        switch outcome {
        case .held: unbought.add(at: now)
        case .ordered: unbought.add(-Self.holdsPerOrder, at: now)
        }
    }
}

/// What is known of the callers at one address.
struct AddressEntry: RecentEntry {
    private(set) var lastSeen: Int64
    private var triesCount = RecentCount()
    private var freshTries = RecentCount()
    private var looks = RecentCount()
    private var accounts = RecentKeys()
    private var prints = RecentKeys()

    init(firstSeen: Int64) { lastSeen = firstSeen }

    func worth(at now: Int64) -> Double { triesCount.value(at: now) }

    mutating func look(at now: Int64) {
        lastSeen = now
        looks.add(at: now)
    }

    mutating func tries(_ visitor: BotMemory.Visitor, isFresh: Bool, _ signals: inout BotSignals, at now: Int64) {
        lastSeen = now
        triesCount.add(at: now)
        if isFresh { freshTries.add(at: now) }
        accounts.insert(visitor.caller, at: now)
        prints.insert(visitor.print, at: now)
        signals.accountsAtAddress = accounts.count(at: now)
        signals.printsAtAddress = prints.count(at: now)
        signals.freshPercentAtAddress = Int((100 * freshTries.value(at: now) / triesCount.value(at: now)).rounded())
        signals.hasLooked = signals.hasLooked || looks.value(at: now) >= 0.5
    }
}
