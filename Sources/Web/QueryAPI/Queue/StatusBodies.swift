import Domain
import EventLog
import HTTPServer
import HTTPTypes
import NIOCore
import Synchronization
import Text
import WaitingLines

/// The status of each waiting room as it goes over the wire: written once a second, however many ask.
final class StatusBodies: Sendable {
    private struct Made: Sendable {
        var response: WholeResponse
        /// What it reflects.
        var place: LogPosition
        var version: Int64
        var at: Timestamp
    }

    /// An answer has about 500 bytes.
    private static let countMax = 4_096
    /// How long an answer is good for, in microseconds.
    private static let ageMax: Int64 = 1_000_000
    private let kept = Mutex<[ShowID: Made]>([:])

    /// The answer made last, if that was less than a second ago and it has all that was asked for.
    ///
    /// - Parameters:
    ///   - place: what the room reflects.
    ///   - wanted: what the answer has to reflect at least; nil: all that the room does.
    func recent(
        of room: borrowing WaitingLine, at place: LogPosition, wanted: LogPosition?, now: Timestamp
    ) -> WholeResponse? {
        let show = room.showID
        guard let made = kept.withLock({ $0[show] }), made.place.epoch == place.epoch,
            (0..<Self.ageMax).contains(now.microseconds - made.at.microseconds),
            made.version == room.version || wanted.map({ $0.position <= made.place.position }) ?? false
        else { return nil }
        return made.response
    }

    /// A new answer. Of a room that everybody may see it is the same for all, so that a cache may give it, too: without a cookie.
    ///
    /// - Parameter isPublic: whether later callers may get it; not where only some may see the room.
    func make(of room: borrowing WaitingLine, at place: LogPosition, now: Timestamp, isPublic: Bool) -> WholeResponse {
        var json = JSONWriter(capacity: 400)
        room.writeStatus(into: &json, at: now)
        var response = WholeResponse(
            .ok, headers: [.contentType: "application/json", .sequence: place.description],
            body: ByteBuffer(bytes: json.bytes))
        guard isPublic else { return response }
        response.headers[.cacheControl] = "public, max-age=1"
        let made = Made(response: response, place: place, version: room.version, at: now)
        let show = room.showID
        kept.withLock {
            if $0.count >= Self.countMax { $0.removeAll(keepingCapacity: true) }
            $0[show] = made
        }
        return response
    }
}
