/// Who waits for places of a show, as decisions need it.
///
/// Entries with the same wish stand in one queue, in the order of their numbers. Places that come free concern the queues
/// whose scope they are in, and of each queue only its head: if that can't be served, nobody behind it can.
struct Waitlist: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        enum Status: Equatable, Sendable {
            case waiting
            /// It waits, and its owner has as many places that the wish would be beyond their share: it is in no queue.
            case setAside
            /// Its owner has a hold with the places.
            case offered
        }

        var entryID: WaitlistEntryID
        var userID: UserID
        var wish: WaitlistWish
        var ticketTypes: [String: Int]
        var status: Status

        var waits: Bool { status != .offered }
    }

    /// When time alone changes something.
    struct Due: Equatable, Sendable {
        var at: Timestamp
        /// See ``WaitlistScheduled/isBehind``.
        var isBehind: Bool
    }

    /// What one event changed: the value from before it.
    enum Change: Sendable {
        case entry(Int, before: Entry?)
        case due(before: Due?)
        case lastNumber(before: Int)
    }

    /// What a wish's scope is about, by which places find the wishes that they concern.
    enum Subject: Hashable, Sendable {
        case anywhere
        case category(String)
        case zone(String)
        case row(String)
        case area(AreaID)
    }

    /// Entries that one show's list may have.
    static let entriesMax = 1_000_000
    /// Entries that ever joined; the log has no more digits for their numbers.
    static let numberMax = Int(UInt32.max)

    /// By number.
    private(set) var entries: [Int: Entry] = [:]
    private var numbers: [WaitlistEntryID: Int] = [:]
    private var numbersByUser: [UserID: [Int]] = [:]
    /// The entries that wait and are not set aside; none empty.
    private(set) var queues: [WaitlistWish: NumberSet] = [:]
    private var wishesBySubject: [Subject: Set<WaitlistWish>] = [:]
    /// How many wait, those set aside included.
    private(set) var waitingCount = 0
    private(set) var lastNumber = 0
    private(set) var due: Due?

    /// Nobody waits or has an offer, and nothing is due.
    var isEmpty: Bool { entries.isEmpty && due == nil }
    var isBehind: Bool { due?.isBehind == true }

    func number(of id: WaitlistEntryID) -> Int? { numbers[id] }
    func numbers(of user: UserID) -> [Int] { numbersByUser[user] ?? [] }
    func wishes(about subject: Subject) -> Set<WaitlistWish> { wishesBySubject[subject] ?? [] }

    // MARK: Changes

    /// Makes `entry` the one with this number; nil: there is none any more.
    mutating func put(_ entry: Entry?, at number: Int, _ changes: inout [Change]) {
        changes.append(.entry(number, before: entries[number]))
        put(entry, at: number)
    }

    mutating func note(_ number: Int, _ changes: inout [Change]) {
        changes.append(.lastNumber(before: lastNumber))
        lastNumber = max(lastNumber, number)
    }

    mutating func schedule(_ due: Due?, _ changes: inout [Change]) {
        changes.append(.due(before: self.due))
        self.due = due
    }

    mutating func revert(_ changes: [Change]) {
        for change in changes.reversed() {
            switch change {
            case .entry(let number, let before): put(before, at: number)
            case .due(let before): due = before
            case .lastNumber(let before): lastNumber = before
            }
        }
    }

    private mutating func put(_ entry: Entry?, at number: Int) {
        if let old = entries[number] {
            numbers[old.entryID] = nil
            numbersByUser[old.userID]?.removeAll { $0 == number }
            if numbersByUser[old.userID]?.isEmpty == true { numbersByUser[old.userID] = nil }
            if old.waits { waitingCount -= 1 }
            if old.status == .waiting { dequeue(number, old.wish) }
        }
        entries[number] = entry
        guard let entry else { return }
        numbers[entry.entryID] = number
        numbersByUser[entry.userID, default: []].append(number)
        if entry.waits { waitingCount += 1 }
        if entry.status == .waiting { enqueue(number, entry.wish) }
    }

    private mutating func enqueue(_ number: Int, _ wish: WaitlistWish) {
        queues[wish, default: NumberSet()].insert(number)
        guard queues[wish]?.count == 1 else { return }
        for subject in wish.subjects { wishesBySubject[subject, default: []].insert(wish) }
    }

    private mutating func dequeue(_ number: Int, _ wish: WaitlistWish) {
        queues[wish]?.remove(number)
        guard queues[wish]?.isEmpty == true else { return }
        queues[wish] = nil
        for subject in wish.subjects {
            wishesBySubject[subject]?.remove(wish)
            if wishesBySubject[subject]?.isEmpty == true { wishesBySubject[subject] = nil }
        }
    }

    static func == (a: Self, b: Self) -> Bool {
        a.entries == b.entries && a.queues == b.queues && a.waitingCount == b.waitingCount
            && a.lastNumber == b.lastNumber && a.due == b.due
    }
}

extension WaitlistWish {
    var subjects: [Waitlist.Subject] {
        switch scope {
        case .anywhere: [.anywhere]
        case .category(let name): [.category(name)]
        case .zone(let name): [.zone(name)]
        case .row(let number, _): [.row(number)]
        case .areas(let areas): areas.map { .area($0) }
        }
    }
}
