import Availability
import Contract
import DequeModule
import Domain
import EventLog
import NIOCore
import SwiftProtobuf
import Synchronization
import Text
import WebAPI

/// The latest seat map of each show as it goes over the wire: written once a change, however many ask.
final class SeatMapBodies: Sendable {
    /// A body is about as large as its show has seats.
    private static let countMax = 256
    private let bodies = Mutex<[ShowID: (version: LogPosition, body: ByteBuffer)]>([:])

    func body(of show: borrowing ShowAvailability, version: LogPosition) -> ByteBuffer {
        let id = show.details.showID
        if let known = bodies.withLock({ $0[id] }), known.version == version { return known.body }
        var json = JSONWriter(capacity: show.statuses.count + 512)
        show.write(into: &json, version: version)
        let body = ByteBuffer(bytes: json.bytes)
        bodies.withLock {
            if $0.count >= Self.countMax { $0.removeAll(keepingCapacity: true) }
            $0[id] = (version, body)
        }
        return body
    }
}

/// The latest seating plans that were asked for: a plan never changes, and is costly to write.
final class SeatingPlanBodies: Sendable {
    /// A body is about 100 bytes a seat.
    private static let countMax = 16
    private let bodies = Mutex<(order: Deque<StreamID>, byStream: [StreamID: ByteBuffer])>(([], [:]))

    /// The plan of the show or venue whose stream this is.
    func body(of stream: StreamID, payload: [UInt8]) throws -> ByteBuffer {
        if let known = bodies.withLock({ $0.byStream[stream] }) { return known }
        let plan = try SeatingPlan(Holdfast_V1_SeatingPlan(serializedBytes: payload))
        var json = JSONWriter(capacity: payload.count * 3)
        plan.write(into: &json)
        let body = ByteBuffer(bytes: json.bytes)
        bodies.withLock {
            guard $0.byStream.updateValue(body, forKey: stream) == nil else { return }
            $0.order.append(stream)
            if $0.order.count > Self.countMax { $0.byStream[$0.order.removeFirst()] = nil }
        }
        return body
    }
}
