/// Reads a room's events once more and checks what they prove: the draw was fixed before anybody could know its outcome, and
/// everybody was admitted in the order of the numbers.
///
/// It shares no state with the decider, so a fault there does not hide here.
public struct RoomAudit: Sendable {
    public private(set) var phase = RoomPhase.closed
    public private(set) var draw = DrawRecord()
    /// The sequence number of the event that closed the set of the draw.
    public private(set) var closedAt: Int64?
    public private(set) var admittedCount = 0

    private var show: ShowID?
    private var ids = PackedIDs<EntryKind>()
    /// By the order in which they came, as in ``ids``.
    private var isWaiting: [Bool] = []
    private var waitingCount = 0
    /// Those who take part in the draw, by their place in ``ids``.
    private var entrants: [Int32] = []
    /// Places in ``ids`` by numbers, from 1.
    private var line: [Int32] = []
    private var drawnOrder: [Int32]?
    /// Nobody up to this number waits.
    private var servedThrough = 0

    public init() {}

    /// What is to be published of the draw; nil without a room.
    public var published: PublishedDraw? {
        guard let show else { return nil }
        return PublishedDraw(
            show: show, phase: phase, record: draw, closedAt: closedAt, entrants: entrants.map { ids[Int($0)] },
            order: drawnOrder?.map { ids[Int($0)] })
    }

    public struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        public var position: Int64
        public var reason: String
        public var description: String { "event \(position): \(reason)" }
    }

    /// - Throws: ``Fault`` for an event that breaks what a waiting room promises.
    public mutating func next(_ event: RoomEvent, at position: Int64) throws(Fault) {
        switch event {
        case .configured(let event): show = event.showID
        case .phaseChanged(let event): try change(event, position)
        case .joined(let event): try join(event, position)
        case .admitted(let event): try admit(event, position)
        case .claimed: break
        case .ended(let event):
            for entry in event.entries where event.how == .left {
                guard let place = ids.place(of: entry.entryID), isWaiting[place] else { continue }
                stopWaiting(place)
            }
        case .drawSealed(let event):
            guard draw.seal == nil, event.position == closedAt, event.entrantCount == entrants.count else {
                throw Fault(position: position, reason: "the seal is not of the set that was closed")
            }
        case .seedRevealed(let event):
            guard draw.seal != nil else {
                throw Fault(position: position, reason: "“\(event.party)” revealed its seed before the set was sealed")
            }
        case .beaconRecorded, .partyForfeited:
            guard draw.seal != nil, !draw.isHeld else {
                throw Fault(position: position, reason: "the draw was changed outside its time")
            }
        case .drawHeld(let event): try hold(event, position)
        }
        draw.apply(event, waiting: waitingCount)
    }

    private mutating func change(_ event: RoomPhaseChanged, _ position: Int64) throws(Fault) {
        let hadPrequeue = phase == .prequeue
        phase = event.phase
        if hadPrequeue, phase == .drawing {
            closedAt = position
            entrants = ids.indices.map(Int32.init).filter { isWaiting[Int($0)] }
        }
        guard phase != .open || drawnOrder != nil || (entrants.isEmpty && !(hadPrequeue && waitingCount > 0)) else {
            throw Fault(position: position, reason: "the room opened without the draw")
        }
    }

    private mutating func join(_ event: EntryJoined, _ position: Int64) throws(Fault) {
        guard ids.place(of: event.entryID) == nil else {
            throw Fault(position: position, reason: "the entry \(event.entryID) joined twice")
        }
        let place = ids.append(event.entryID)
        isWaiting.append(true)
        waitingCount += 1
        if phase == .prequeue {
            guard event.number == nil else {
                throw Fault(position: position, reason: "\(event.entryID) got a number before the draw")
            }
            return
        }
        // Until the draw is held, the numbers of its entrants are kept free.
        if line.isEmpty, drawnOrder == nil { line = Array(repeating: -1, count: entrants.count) }
        line.append(Int32(place))
        guard event.number == line.count else {
            throw Fault(
                position: position,
                reason: "\(event.entryID) got number \(event.number ?? 0), and \(line.count) was next")
        }
    }

    private mutating func hold(_ event: DrawHeld, _ position: Int64) throws(Fault) {
        guard draw.isReady, !draw.isHeld, let seal = draw.seal, event.keyDigest == Draw.sha256(draw.key),
            event.entrantCount == entrants.count
        else { throw Fault(position: position, reason: "the draw was held without all that it follows from") }
        let order = Draw.order(of: entrants, key: draw.key, hash: seal.hash) { [ids] entrant, use in
            ids.withID(Int(entrant), use)
        }
        drawnOrder = order
        line.replaceSubrange(..<min(line.count, order.count), with: order)
    }

    private mutating func admit(_ event: EntriesAdmitted, _ position: Int64) throws(Fault) {
        guard phase == .open else { throw Fault(position: position, reason: "somebody was admitted while \(phase)") }
        for entry in event.entries {
            while servedThrough < line.count, !isWaiting[Int(line[servedThrough])] { servedThrough += 1 }
            let next = servedThrough < line.count ? ids[Int(line[servedThrough])] : nil
            guard entry.entryID == next, entry.number == servedThrough + 1 else {
                throw Fault(
                    position: position,
                    reason: "\(entry.entryID), number \(entry.number), was admitted, and "
                        + (next.map { "\($0), number \(servedThrough + 1), was next" } ?? "nobody waited"))
            }
            stopWaiting(Int(line[servedThrough]))
            admittedCount += 1
        }
    }

    private mutating func stopWaiting(_ place: Int) {
        isWaiting[place] = false
        waitingCount -= 1
    }
}
