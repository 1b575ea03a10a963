import Domain
import EventLog
import Following
import Projection

/// Names an event that was committed once, also when a restore has lost it since.
typealias FactID = Int

/// All that was ever committed. A restore that loses a tail makes a branch, so it is a tree: a place in it says not only
/// how far somebody has come, but along which log.
struct History {
    struct Fact {
        var parent: FactID
        var recorded: RecordedEvent
        var followed: FollowedEvent
    }

    /// Before the first event.
    static let root: FactID = 0

    private var facts: [Fact] = []
    private var ids: [Key: FactID] = [:]
    /// The facts that the log has now; a fact's place is its sequence number less one.
    private(set) var log: [FactID] = []
    /// How many were lost; while it is 0, everything is on one line.
    private(set) var lossCount = 0

    private struct Key: Hashable {
        var position: Int64
        var recordedAt: Timestamp
    }

    var head: FactID { log.last ?? Self.root }

    subscript(id: FactID) -> Fact { facts[id - 1] }

    func position(_ id: FactID) -> Int64 { id == Self.root ? 0 : self[id].recorded.position }

    /// The fact of an event as somebody has it; nil: no such event was ever committed.
    func id(of recorded: RecordedEvent) -> FactID? {
        guard let id = ids[Key(position: recorded.position, recordedAt: recorded.recordedAt)],
            self[id].recorded == recorded
        else { return nil }
        return id
    }

    /// The fact of an event that comes right after another; nil: no such event was ever committed there.
    func child(of parent: FactID, at context: EventContext) -> FactID? {
        guard let id = ids[Key(position: context.position, recordedAt: context.recordedAt)],
            self[id].parent == parent, self[id].followed.context == context
        else { return nil }
        return id
    }

    /// The log's fact at a sequence number; nil: it has none.
    func id(at position: Int64) -> FactID? {
        if position == 0 { return Self.root }
        return position > 0 && position <= Int64(log.count) ? log[Int(position) - 1] : nil
    }

    func isInLog(_ id: FactID) -> Bool { self.id(at: position(id)) == id }

    /// Whether whoever has come to `later` has `earlier` behind them.
    func reaches(_ later: FactID, _ earlier: FactID) -> Bool {
        let end = position(earlier)
        if lossCount == 0 || isInLog(later) { return end <= position(later) && isInLog(earlier) }
        var id = later
        while position(id) > end { id = self[id].parent }
        return id == earlier
    }

    /// The facts from the first up to `last`.
    func path(to last: FactID) -> [FactID] {
        if isInLog(last) { return Array(log.prefix(Int(position(last)))) }
        var path: [FactID] = []
        var id = last
        while id != Self.root {
            path.append(id)
            id = self[id].parent
        }
        return path.reversed()
    }

    /// A line for each event of the log.
    var lines: [String] {
        log.map { id in
            let (recorded, event) = (self[id].recorded, self[id].followed.event)
            switch event {
            case .success(let event): return "\(recorded.position)  \(recorded.stream) \(event)"
            case .failure(let fault): return "\(recorded.position)  \(recorded.stream) \(fault)"
            }
        }
    }

    mutating func append(_ recorded: RecordedEvent) -> FactID {
        facts.append(Fact(parent: head, recorded: recorded, followed: FollowedEvent(recorded)))
        ids[Key(position: recorded.position, recordedAt: recorded.recordedAt)] = facts.count
        log.append(facts.count)
        return facts.count
    }

    /// The log goes back to this sequence number.
    mutating func lose(after position: Int64) {
        lossCount += log.count - Int(position)
        log.removeLast(log.count - Int(position))
    }
}
