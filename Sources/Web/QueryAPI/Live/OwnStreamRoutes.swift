public import Domain
import EventLog
public import Following
public import HTTPServer
public import HTTPTypes
public import Hummingbird
public import Identity
public import MyHolds
import NIOCore
public import WaitingLines
public import Waitlists
public import WebAPI

/// What belongs to the caller, as Server-Sent Events: first all of it, then every change. Also one entry of a waiting room
/// by itself.
///
/// Each message tells a state and not a step, so one that comes twice does no harm. A reader that comes back is told its
/// state again, as fresh as the last message it saw: what is not in it any more has ended meanwhile.
public struct OwnStreamRoutes: Sendable {
    /// The caller that the request's cookie names, and what tells later whether the cookie is still good; nil: the request
    /// has no such cookie.
    public typealias CookieReader =
        @Sendable (HTTPFields) throws(Problem) -> (caller: Principal, isStillGood: @Sendable () -> Bool)?

    private let holds: View<MyHolds>
    private let lines: View<WaitingLines>
    private let waitlists: View<Waitlists>
    private let fresh: FreshRead
    private let streams: OwnStreams
    private let readCookie: CookieReader
    private let makeToken: AdmissionTokenMaker
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - streams: has to hear of what the views apply.
    ///   - makeToken: gives who is admitted the token that says so.
    ///   - now: the clock by which a hold's time is over.
    public init(
        holds: View<MyHolds>, lines: View<WaitingLines>, waitlists: View<Waitlists>, fresh: FreshRead,
        streams: OwnStreams, readCookie: @escaping CookieReader, makeToken: @escaping AdmissionTokenMaker,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.holds = holds
        self.lines = lines
        self.waitlists = waitlists
        self.fresh = fresh
        self.streams = streams
        self.readCookie = readCookie
        self.makeToken = makeToken
        self.now = now
    }

    /// - Parameter group: `/api/v1`, where a token is checked and none is required: a browser's `EventSource` can set no
    ///   header, so its caller may also come with a cookie.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("me/stream") { request, context in try await person(request, context) }
        group.get("shows/{id}/queue/entries/{entryId}/stream") { request, context in try await entry(request, context) }
    }

    private func person(_ request: Request, _ context: APIContext) async throws -> Response {
        let (user, isStillGood) = try caller(request, context)
        let seen = try Self.lastSeen(request)
        let subscription = try open(for: user, while: isStillGood)
        var token = try await fresh.read(holds, for: request, since: seen) { _, place, _ in place }
        // If they are of two epochs, nothing is told, and the reader comes back.
        for other in [
            try await fresh.read(lines, for: request, since: seen) { _, place, _ in place },
            try await fresh.read(waitlists, for: request, since: seen) { _, place, _ in place },
        ] { token.position = min(token.position, other.position) }
        let session = PersonSession(holds: holds, queue: teller(user, in: token.epoch), waitlists: waitlists)
        return response(session, subscription, context, token: token)
    }

    private func entry(_ request: Request, _ context: APIContext) async throws -> Response {
        let (user, isStillGood) = try caller(request, context)
        let show = try context.pathID("id", as: ShowID.self, orElse: .entryNotFound)
        let id = try context.pathID("entryId", as: EntryID.self, orElse: .entryNotFound)
        let seen = try Self.lastSeen(request)
        let subscription = try open(for: user, entry: id, while: isStillGood)
        let now = now()
        let (isThere, token) = try await fresh.read(lines, for: request, since: seen) { lines, place, _ in
            (lines.place(of: id, on: show, of: user, at: now) != nil, place)
        }
        guard isThere else { throw Problem(.entryNotFound, sequence: token) }
        let session = EntrySession(id, on: show, queue: teller(user, in: token.epoch))
        return response(session, subscription, context, token: token)
    }

    private func caller(
        _ request: Request, _ context: APIContext
    ) throws(Problem) -> (user: UserID, isStillGood: @Sendable () -> Bool) {
        if let principal = context.principal { return (principal.userID, context.isStillGood) }
        if let cookie = try readCookie(request.headers) { return (cookie.caller.userID, cookie.isStillGood) }
        return (try context.requirePrincipal().userID, context.isStillGood)
    }

    private static func lastSeen(_ request: Request) throws(Problem) -> LogPosition? {
        try request.headers[.lastEventID].map { text throws(Problem) in
            guard let token = LogPosition(text) else {
                throw Problem(
                    .invalidSequence, detail: "Last-Event-ID must be the id of an event that the stream sent.")
            }
            return token
        }
    }

    /// Comes before anything is read: what changes from here on is told.
    private func open(
        for user: UserID, entry: EntryID? = nil, while isStillGood: @escaping @Sendable () -> Bool
    ) throws(Problem) -> OwnStreams.Subscription {
        do throws(OwnStreams.Refusal) {
            return try streams.open(for: user, entry: entry, while: isStillGood)
        } catch {
            throw Problem(error)
        }
    }

    private func teller(_ user: UserID, in epoch: Int64) -> QueueTeller {
        QueueTeller(user: user, epoch: epoch, lines: lines, makeToken: makeToken, now: now)
    }

    private func response(
        _ session: some OwnStreamSession, _ subscription: OwnStreams.Subscription, _ context: APIContext,
        token: LogPosition
    ) -> Response {
        // A caller who comes back is not refused for the streams that it has left.
        context.whenCallerGoes(subscription.end)
        return Response(
            status: .ok, headers: .eventStream(at: token),
            body: ResponseBody { writer in
                var session = session
                var writer = writer
                if let first = session.snapshot() {
                    try await writer.write(first)
                    subscription.follow(session.shows)
                    for await _ in subscription.signals {
                        guard let message = session.message(for: subscription.take()) else { break }
                        subscription.follow(session.shows)
                        if message.readableBytes > 0 { try await writer.write(message) }
                    }
                }
                try await writer.finish(nil)
            })
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
