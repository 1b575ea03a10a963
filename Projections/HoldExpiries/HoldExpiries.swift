public import Domain
import HeapModule
public import Projection

/// When which show's holds are over: what a command node's expiry timer goes by.
public struct HoldExpiries: Projection {
    public static let name = "hold-expiries"
    public static let formatVersion = 1

    struct Expiry: Comparable {
        var at: Timestamp
        var holdID: HoldID
        var show: ShowID
        static func < (a: Self, b: Self) -> Bool { (a.at, a.holdID) < (b.at, b.holdID) }
    }

    private(set) var live: [HoldID: Expiry] = [:]
    /// May name holds that ended; half of it at most, and none at the top.
    private var queue = Heap<Expiry>()
    var queueCount: Int { queue.count }

    public init() {}

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .holdPlaced(let placed):
            insert(Expiry(at: placed.expiresAt, holdID: placed.holdID, show: context.show))
        case .holdReleased(let ended), .holdExpired(let ended): remove(ended.holdID)
        case .purchaseStarted(let started) where started.extendsHold:
            insert(Expiry(at: started.expiresAt, holdID: started.holdID, show: context.show))
            dropEnded()
        case .seatsSold(let sold): remove(sold.holdID)
        case .showCancelled(let cancelled):
            // Every hold of the show is over.
            for expiry in live.values where expiry.show == context.show {
                live[expiry.holdID]?.at = min(expiry.at, cancelled.cancelledAt)
            }
            queue = Heap(live.values)
        case .created, .purchaseStarted, .purchaseFailed, .paymentCaptured, .paymentVoided, .paymentRefunded,
            .paymentParked,
            .paymentResumed, .ticketsReturned, .ticketScanned, .ticketChanged:
            break
        }
    }

    /// The shows that have holds whose time is over at `now`, with the time of the longest overdue.
    public func overdue(at now: Timestamp) -> [ShowID: Timestamp] {
        guard let first = queue.min, first.at <= now else { return [:] }
        var shows: [ShowID: Timestamp] = [:]
        for expiry in live.values where expiry.at <= now {
            shows[expiry.show] = min(shows[expiry.show] ?? expiry.at, expiry.at)
        }
        return shows
    }

    private mutating func remove(_ id: HoldID) {
        live[id] = nil
        dropEnded()
    }

    private mutating func dropEnded() {
        if queue.count > 2 * live.count + 64 { queue = Heap(live.values) }
        while let first = queue.min, live[first.holdID] != first { queue.removeMin() }
    }

    mutating func insert(_ expiry: Expiry) {
        live[expiry.holdID] = expiry
        queue.insert(expiry)
    }
}
