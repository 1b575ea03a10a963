import DequeModule
public import Domain

/// The waiting list of one show.
public struct ShowWaitlist: Sendable {
    public enum Status: String, CaseIterable, Equatable, Sendable {
        case waiting
        case offered
        /// Its offer was bought.
        case served
        /// Its owner let the offer go.
        case declined
        /// Its owner let the offer run out.
        case expired
        /// Its owner left the list.
        case left
        /// It can never be served any more.
        case unfillable

        public var isLive: Bool { self == .waiting || self == .offered }
    }

    public struct Entry: Equatable, Sendable {
        public let joined: WaitlistJoined
        public internal(set) var status = Status.waiting
        /// When the offer ends; nil: there was none.
        public internal(set) var expiresAt: Timestamp?
        /// Why it can never be served.
        public internal(set) var reason: WaitlistClosed.Reason?
        /// Nil: it is live.
        public internal(set) var endedAt: Timestamp?

        init(joined: WaitlistJoined) { self.joined = joined }
    }

    /// Entries that ended and are kept for their owners to see.
    static let endedMax = 10_000

    private var byNumber: [Int: Entry] = [:]
    /// Numbers, in the order in which they ended.
    private(set) var ended = Deque<Int>()
    private(set) var lastNumber = 0
    /// How many wait, by wish; none is 0.
    public private(set) var waitingByWish: [WaitlistWish: Int] = [:]
    public private(set) var waitingCount = 0
    /// Offers are left to be made.
    public internal(set) var isBehind = false
    /// How many wait, as a Fenwick tree over numbers.
    private var tree: [Int32] = [0]

    init() {}

    /// By number.
    var entries: [Entry] { byNumber.values.sorted { $0.joined.number < $1.joined.number } }

    func entry(_ number: Int) -> Entry? { byNumber[number] }

    /// The exact place of an entry that waits, from 1.
    func place(of entry: Entry) -> Int? { entry.status == .waiting ? sum(upTo: entry.joined.number) : nil }

    /// The numbers of those who wait for this; nil: for anything.
    func waiting(for wish: WaitlistWish?) -> [Int] {
        byNumber.values.filter { entry in entry.status == .waiting && (wish.map { $0 == entry.joined.wish } ?? true) }
            .map(\.joined.number).sorted()
    }

    // MARK: Changes

    /// False, and nothing happens, unless the entry has a number beyond all others.
    mutating func insert(_ entry: Entry) -> Bool {
        let number = entry.joined.number
        guard number == lastNumber + 1 else { return false }
        lastNumber = number
        byNumber[number] = entry
        appendToTree()
        if entry.status == .waiting { count(entry, 1) }
        return true
    }

    mutating func change(_ number: Int, _ body: (inout Entry) -> Void) {
        guard let before = byNumber[number] else { return }
        var entry = before
        body(&entry)
        byNumber[number] = entry
        if before.status == .waiting, entry.status != .waiting { count(before, -1) }
    }

    /// Ends a live entry, and returns one that is forgotten for it.
    mutating func end(_ number: Int, _ status: Status, at time: Timestamp) -> Entry? {
        guard byNumber[number]?.status.isLive == true else { return nil }
        change(number) {
            $0.status = status
            $0.endedAt = time
        }
        ended.append(number)
        guard ended.count > Self.endedMax, let oldest = ended.popFirst() else { return nil }
        return byNumber.removeValue(forKey: oldest)
    }

    /// For a snapshot: nil where its parts don't fit together.
    init?(_ entries: [Entry], ended: [Int], lastNumber: Int, isBehind: Bool) {
        self.lastNumber = lastNumber
        self.isBehind = isBehind
        self.ended = Deque(ended)
        for entry in entries {
            guard (1...max(1, lastNumber)).contains(entry.joined.number),
                byNumber.updateValue(entry, forKey: entry.joined.number) == nil
            else { return nil }
        }
        guard Set(ended) == Set(entries.lazy.filter { !$0.status.isLive }.map(\.joined.number)),
            Set(ended).count == ended.count
        else { return nil }
        tree = Array(repeating: 0, count: lastNumber + 1)
        for entry in entries where entry.status == .waiting { count(entry, 1) }
    }

    private mutating func count(_ entry: Entry, _ change: Int) {
        waitingCount += change
        let before = waitingByWish[entry.joined.wish, default: 0]
        waitingByWish[entry.joined.wish] = before + change == 0 ? nil : before + change
        var index = entry.joined.number
        while index < tree.count {
            tree[index] += Int32(change)
            index += index & -index
        }
    }

    private mutating func appendToTree() {
        let index = tree.count
        // What the numbers below it have, of those that the new node covers.
        let covered = sum(upTo: index - 1) - sum(upTo: index - (index & -index))
        tree.append(Int32(covered))
    }

    private func sum(upTo number: Int) -> Int {
        var (sum, index) = (0, min(number, tree.count - 1))
        while index > 0 {
            sum += Int(tree[index])
            index -= index & -index
        }
        return sum
    }
}
