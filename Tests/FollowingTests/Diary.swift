import Domain
import EventLog
import Following
import Projection
import Synchronization

/// The simplest projection: which shows' events it has seen, in order. It can't take in what a show called `nonsense` does.
struct Diary: Projection {
    static let name = "diary"
    static let formatVersion = 3

    private struct Entry: Equatable {
        var position: Int64
        var show: String
    }

    private var entries: [Entry] = []

    init() {}

    init(positions: [Int64]) { entries = positions.map { Entry(position: $0, show: "show") } }

    var count: Int { entries.count }
    var positions: [Int64] { entries.map(\.position) }

    mutating func fold(_ event: any DomainEvent, in context: EventContext) throws(ProjectionFault) {
        guard context.show.rawValue != "nonsense" else { throw ProjectionFault("nonsense") }
        entries.append(Entry(position: context.position, show: context.show.rawValue))
    }

    var encoded: [UInt8] { Array(lines.joined(separator: "\n").utf8) }

    init(encoded: [UInt8]) throws(ProjectionFault) {
        for line in String(decoding: encoded, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let position = Int64(parts[0]) else { throw ProjectionFault("not a diary") }
            entries.append(Entry(position: position, show: String(parts[1])))
        }
    }

    var lines: [String] { entries.map { "\($0.position) \($0.show)" } }

    /// Where its entries are in memory.
    var address: UInt { entries.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } }
}

/// Another view of the same log, that takes in everything.
struct Counter: Projection {
    static let name = "counter"
    static let formatVersion = 1

    var count = 0

    init() {}
    mutating func fold(_ event: any DomainEvent, in context: EventContext) throws(ProjectionFault) { count += 1 }
    var encoded: [UInt8] { Array("\(count)".utf8) }

    init(encoded: [UInt8]) throws(ProjectionFault) {
        guard let count = Int(String(decoding: encoded, as: UTF8.self)) else { throw ProjectionFault("not a number") }
        self.count = count
    }

    var lines: [String] { ["\(count)"] }
}

extension FollowedEvent {
    /// A hold's release, which no projection here looks into.
    static func sample(_ position: Int64, of show: String = "show") -> FollowedEvent {
        FollowedEvent(.release(position, of: show))
    }

    static func samples(_ positions: ClosedRange<Int64>) -> [FollowedEvent] { positions.map { .sample($0) } }
}

extension RecordedEvent {
    static func release(_ position: Int64, of show: String = "show") -> RecordedEvent {
        var event = RecordedEvent.sample(position)
        event.stream = StreamID(show)
        event.event = .release
        return event
    }
}

extension LogPosition {
    init(_ epoch: Int64, _ position: Int64) { self.init(epoch: epoch, position: position) }
}
