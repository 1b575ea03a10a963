import HeapModule

/// Who waits for which sequence number: bounded, and woken in one pass however many they are.
public struct WaitQueue<Ticket: Sendable>: Sendable {
    /// Names a place in the queue.
    public struct ID: Hashable, Sendable { fileprivate var number: UInt64 }

    private struct Place: Comparable, Sendable {
        var position: Int64
        var id: ID
        static func < (a: Self, b: Self) -> Bool { (a.position, a.id.number) < (b.position, b.id.number) }
    }

    private let countMax: Int
    private var nextNumber: UInt64 = 0
    /// May name tickets that gave up; they are dropped when their turn comes, or when half of all are.
    private var places = Heap<Place>()
    private var tickets: [ID: Ticket] = [:]
    /// How many wait.
    public var count: Int { tickets.count }
    /// How many places are remembered, those of tickets that gave up included.
    var placeCount: Int { places.count }

    public init(countMax: Int) { self.countMax = countMax }

    /// Nil when too many wait already.
    public mutating func add(_ ticket: Ticket, until position: Int64) -> ID? {
        guard tickets.count < countMax else { return nil }
        let id = ID(number: nextNumber)
        nextNumber += 1
        tickets[id] = ticket
        places.insert(Place(position: position, id: id))
        return id
    }

    /// The tickets whose position is reached, in order of position and arrival.
    public mutating func advance(to position: Int64) -> [Ticket] {
        var reached: [Ticket] = []
        while let first = places.min, first.position <= position {
            places.removeMin()
            if let ticket = tickets.removeValue(forKey: first.id) { reached.append(ticket) }
        }
        return reached
    }

    /// Takes a ticket out; nil when it was woken already.
    public mutating func cancel(_ id: ID) -> Ticket? {
        let ticket = tickets.removeValue(forKey: id)
        if places.count > 2 * tickets.count + 64 {
            places = Heap(places.unordered.filter { tickets[$0.id] != nil })
        }
        return ticket
    }

    /// Takes everybody out.
    public mutating func removeAll() -> [Ticket] {
        defer {
            places = Heap()
            tickets = [:]
        }
        return places.unordered.sorted().compactMap { tickets[$0.id] }
    }
}
