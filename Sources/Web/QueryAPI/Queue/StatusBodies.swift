import Domain
import EventLog
import NIOCore
import Synchronization
import Text
import WaitingLines

/// The status of each waiting room as it goes over the wire: written once a second, however many ask.
final class StatusBodies: Sendable {
    struct Body: Sendable {
        var bytes: ByteBuffer
        /// What it reflects.
        var place: LogPosition
        fileprivate var version: Int64
        fileprivate var madeAt: Timestamp
    }

    /// A body has about 300 bytes.
    private static let countMax = 4_096
    /// How long a body is good for, in microseconds.
    private static let ageMax: Int64 = 1_000_000
    private let bodies = Mutex<[ShowID: Body]>([:])

    /// The body made last, if that was less than a second ago and it has all that was asked for; or a new one.
    ///
    /// - Parameters:
    ///   - place: what the room reflects.
    ///   - wanted: what the body has to reflect at least; nil: all that the room does.
    func body(of room: borrowing WaitingLine, at place: LogPosition, wanted: LogPosition?, now: Timestamp) -> Body {
        let show = room.showID
        if let made = bodies.withLock({ $0[show] }), made.place.epoch == place.epoch,
            (0..<Self.ageMax).contains(now.microseconds - made.madeAt.microseconds),
            made.version == room.version || wanted.map({ $0.position <= made.place.position }) ?? false
        {
            return made
        }
        var json = JSONWriter(capacity: 400)
        room.writeStatus(into: &json, at: now)
        let made = Body(bytes: ByteBuffer(bytes: json.bytes), place: place, version: room.version, madeAt: now)
        bodies.withLock {
            if $0.count >= Self.countMax { $0.removeAll(keepingCapacity: true) }
            $0[show] = made
        }
        return made
    }
}
