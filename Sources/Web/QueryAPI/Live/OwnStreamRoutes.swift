public import Domain
import EventLog
public import Following
public import HTTPServer
public import HTTPTypes
public import Hummingbird
public import Identity
public import MyHolds
import NIOCore
import Text
public import WebAPI

/// What belongs to the caller, as Server-Sent Events: first all of it, then every change.
///
/// Each message tells a state and not a step, so one that comes twice does no harm. A reader that comes back is told its
/// state again, as fresh as the last message it saw: what is not in it any more has ended meanwhile.
public struct OwnStreamRoutes: Sendable {
    /// The caller that the request's cookie names; nil: the request has no such cookie.
    public typealias CookieReader = @Sendable (HTTPFields) throws(Problem) -> Principal?

    private let holds: View<MyHolds>
    private let fresh: FreshRead
    private let streams: OwnStreams
    private let readCookie: CookieReader
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - streams: has to hear of what the views apply.
    ///   - now: the clock by which a hold's time is over.
    public init(
        holds: View<MyHolds>, fresh: FreshRead, streams: OwnStreams, readCookie: @escaping CookieReader,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.holds = holds
        self.fresh = fresh
        self.streams = streams
        self.readCookie = readCookie
        self.now = now
    }

    /// - Parameter group: `/api/v1`, where a token is checked and none is required: a browser's `EventSource` can set no
    ///   header, so its caller may also come with a cookie.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("me/stream") { request, context in try await stream(request, context) }
    }

    private func stream(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let user = try (context.principal ?? readCookie(request.headers))?.userID else {
            throw Problem.unauthenticated(nil)
        }
        let seen = try request.headers[.lastEventID].map { text throws(Problem) in
            guard let token = LogPosition(text) else {
                throw Problem(
                    .invalidSequence, detail: "Last-Event-ID must be the id of an event that the stream sent.")
            }
            return token
        }
        // Before anything is read: what changes from here on is told.
        let subscription: OwnStreams.Subscription
        do throws(OwnStreams.Refusal) {
            subscription = try streams.open(for: user)
        } catch {
            throw Problem(error)
        }
        let token = try await fresh.read(holds, for: request, since: seen) { _, place, _ in place }
        var headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        headers.set(token)
        let session = OwnStreamSession(user: user, epoch: token.epoch, holds: holds, now: now)
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var session = session
                var writer = writer
                if let first = session.snapshot() {
                    try await writer.write(first)
                    for await _ in subscription.signals {
                        guard let message = session.message(for: subscription.take()) else { break }
                        if message.readableBytes > 0 { try await writer.write(message) }
                    }
                }
                try await writer.finish(nil)
            })
    }
}

/// What one stream has told, and so what it has to tell.
struct OwnStreamSession: Sendable {
    let user: UserID
    /// The log's epoch when the stream began. In another one the stream ends.
    let epoch: Int64
    let holds: View<MyHolds>
    let now: @Sendable () -> Timestamp
    /// The place of the holds that were last told as a whole.
    private var holdsPlace: Int64 = 0

    init(user: UserID, epoch: Int64, holds: View<MyHolds>, now: @escaping @Sendable () -> Timestamp) {
        self.user = user
        self.epoch = epoch
        self.holds = holds
        self.now = now
    }

    /// All that there is. Nil: the log is in another epoch.
    mutating func snapshot() -> ByteBuffer? {
        let user = user
        let (live, place) = holds.read { ($0.holds(of: user), $1) }
        guard place.epoch == epoch else { return nil }
        holdsPlace = place.position
        let now = now()
        var json = JSONWriter(capacity: 64 + 512 * live.count)
        json.object { json in
            json.array("holds") { json in for hold in live where hold.placed.expiresAt > now { json.value(hold) } }
        }
        var message = ByteBuffer()
        message.writeEvent("snapshot", id: place, data: json.bytes)
        return message
    }

    /// What is to be written for what has changed; may be empty. Nil: the log is in another epoch.
    mutating func message(for pending: PendingChanges) -> ByteBuffer? {
        if pending.isOverfull { return snapshot() }
        var message = ByteBuffer()
        for entry in pending.changes where entry.position > holdsPlace {
            guard let (name, data) = event(for: entry.change) else { continue }
            message.writeEvent(name, id: LogPosition(epoch: epoch, position: entry.position), data: data)
        }
        guard holds.place.epoch == epoch else { return nil }
        if message.readableBytes == 0, pending.needsSign { return .streamComment }
        return message
    }

    /// Nil: there is nothing to tell, since a later change says more.
    private func event(for change: OwnChange) -> (name: StaticString, data: [UInt8])? {
        var json = JSONWriter()
        switch change {
        case .hold(let id):
            let user = user
            guard let hold = holds.read({ projection, _ in projection.hold(id, of: user) }) else { return nil }
            json.value(hold)
            return ("hold", json.bytes)
        case .holdEnded(let id, let show, let end):
            json.object { json in
                json.member("holdId", id)
                json.member("showId", show)
                json.member("status", end.rawValue)
            }
            return ("hold", json.bytes)
        case .order(let progress):
            json.value(progress)
            return ("order", json.bytes)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ progress: OrderProgress) {
        object { json in
            json.member("orderId", progress.orderID)
            json.member("showId", progress.showID)
            if let hold = progress.holdID { json.member("holdId", hold) }
            json.member("status", progress.status.rawValue)
            guard let failure = progress.failure else { return }
            json.member("failure", failure.name)
            if case .declined(let code) = failure { json.member("declineCode", code) }
        }
    }
}

extension Problem {
    fileprivate init(_ refusal: OwnStreams.Refusal) {
        switch refusal {
        case .tooMany: self.init(.overloaded, detail: "Too many streams are open.", retryAfterSeconds: 5)
        case .tooManyOfCaller:
            self.init(
                .tooManyRequests, detail: "Too many of the caller's streams are open.", retryAfterSeconds: 15)
        case .stopping: self.init(.shuttingDown)
        }
    }
}
