import Availability
import Contract
import DequeModule
import Dispatch
import Domain
import EventLog
import Gzip
import HTTPServer
import HTTPTypes
import Hummingbird
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

/// The latest seating plans that were asked for: a plan seldom changes, and is costly to write and to compress.
final class SeatingPlanBodies: Sendable {
    /// A body is about 100 bytes a seat, compressed ten.
    private static let countMax = 16
    private let bodies = Mutex<(order: Deque<String>, byTag: [String: ByteBuffer])>(([], [:]))
    /// Bodies are made one at a time, and not where requests are answered.
    private let queue = DispatchQueue(label: "seating-plans")

    /// The answer to a request for a plan.
    ///
    /// - Parameters:
    ///   - plan: names the plan, and no other.
    ///   - payload: the plan as the log has it.
    ///   - caching: what `Cache-Control` says.
    func response(
        to request: HTTPFields, plan: String, payload: [UInt8], caching: String
    ) async throws -> Response {
        let isCompressed = request.acceptsGzip
        // Other bytes have another tag.
        let tag = "\"\(plan)\(isCompressed ? "-gzip" : "")\""
        var headers: HTTPFields = [.eTag: tag, .cacheControl: caching, .vary: "Accept-Encoding"]
        if request.isCurrent(tag) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = "application/json"
        if isCompressed { headers[.contentEncoding] = "gzip" }
        let body = try await self.body(of: tag, payload, isCompressed)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    private func body(of tag: String, _ payload: [UInt8], _ isCompressed: Bool) async throws -> ByteBuffer {
        if let known = known(tag) { return known }
        return try await withCheckedThrowingContinuation { done in
            queue.async { done.resume(with: Result { try self.make(tag, payload, isCompressed) }) }
        }
    }

    private func known(_ tag: String) -> ByteBuffer? { bodies.withLock { $0.byTag[tag] } }

    private func make(_ tag: String, _ payload: [UInt8], _ isCompressed: Bool) throws -> ByteBuffer {
        // Whoever asked before may have had it made.
        if let known = known(tag) { return known }
        let plan = try SeatingPlan(Holdfast_V1_SeatingPlan(serializedBytes: payload))
        var json = JSONWriter(capacity: payload.count * 3)
        plan.write(into: &json)
        var body = ByteBuffer(bytes: json.bytes)
        if isCompressed {
            guard let compressed = Gzip.compressed(body) else { throw Problem(.internalError) }
            body = compressed
        }
        bodies.withLock {
            guard $0.byTag.updateValue(body, forKey: tag) == nil else { return }
            $0.order.append(tag)
            if $0.order.count > Self.countMax { $0.byTag[$0.order.removeFirst()] = nil }
        }
        return body
    }
}
