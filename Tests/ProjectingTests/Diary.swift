import Domain
import EventLog
import Projecting
import Synchronization

/// The simplest projection: which shows' events it has seen, in order. It can't take in what a show called `nonsense` does.
struct Diary: Projection {
    static let name = "diary"
    static let formatVersion = 3

    var positions: [Int64] = []

    init() {}

    mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        guard context.show.rawValue != "nonsense" else { throw ProjectionFault("nonsense") }
        positions.append(context.position)
    }

    var encoded: [UInt8] { positions.flatMap { position in (0..<8).map { UInt8(truncatingIfNeeded: position >> (8 * $0)) } } }

    init(encoded: [UInt8]) throws(ProjectionFault) {
        guard encoded.count % 8 == 0 else { throw ProjectionFault("not whole numbers") }
        positions = stride(from: 0, to: encoded.count, by: 8).map { start in
            encoded[start..<(start + 8)].reversed().reduce(0) { $0 << 8 | Int64($1) }
        }
    }

    var lines: [String] { positions.map(String.init) }
}

/// Another view of the same log, that takes in everything.
struct Counter: Projection {
    static let name = "counter"
    static let formatVersion = 1

    var count = 0

    init() {}
    mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) { count += 1 }
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
        event.stream = ShowID(show)
        event.event = .release
        return event
    }
}

extension SequenceToken {
    init(_ epoch: Int64, _ sequence: Int64) { self.init(epoch: epoch, sequence: sequence) }
}
