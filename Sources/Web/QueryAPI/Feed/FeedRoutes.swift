import Domain
public import EventLog
import Feed
public import Following
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
public import Logging
import NIOCore
import ServiceLifecycle
public import WebAPI

/// The log as others are told of it: CloudEvents in the log's order, as JSON lines or as Server-Sent Events, from any place
/// on.
///
/// It is read from the log itself and not from a view, so it begins wherever its reader wants, and ends no earlier than the
/// log. A reader that is slow slows nobody else: its next page is read when it has taken the one before.
public struct FeedRoutes: Sendable {
    /// Events that are read at once.
    private static let pageLimit = 2_000
    /// Feeds that are open at once, in all and of one caller.
    private static let feedsMax = 32
    private static let feedsOfCallerMax = 4
    private static let eventsMax = 1_000_000_000
    /// A feed without news says so after so long.
    private static let keepAlive = Duration.seconds(15)

    private let log: any EventReader
    private let follower: any LogFollower
    private let fresh: FreshRead
    private let owners: ShowOwners
    private let salesFirst: SalesFirst?
    private let open = InFlightLimit(countMax: Self.feedsMax, ofCallerMax: Self.feedsOfCallerMax)
    private let logger: Logger

    /// - Parameters:
    ///   - follower: tells that there are news in the log.
    ///   - owners: says whose a show is.
    ///   - salesFirst: shared by all that tell others; nil: a feed never rests.
    public init(
        log: any EventReader, follower: any LogFollower, fresh: FreshRead, owners: ShowOwners,
        salesFirst: SalesFirst? = nil, logger: Logger
    ) {
        self.log = log
        self.follower = follower
        self.fresh = fresh
        self.owners = owners
        self.salesFirst = salesFirst
        self.logger = logger
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("events") { request, context in try await answer(request, context) }
    }

    /// How the events are written.
    private enum Form {
        case lines, stream

        func append(_ json: [UInt8], at place: LogPosition, to buffer: inout ByteBuffer) {
            switch self {
            case .lines:
                buffer.writeBytes(json)
                buffer.writeInteger(UInt8(ascii: "\n"))
            case .stream: buffer.writeEvent("event", id: place, data: json)
            }
        }
    }

    /// One request, understood.
    private struct Demand: Sendable {
        var selection: FeedSelection
        var start: LogPosition
        var form: Form
        var follows: Bool
        var limit: Int
    }

    private func answer(_ request: Request, _ context: APIContext) async throws -> Response {
        let caller = try context.requirePrincipal()
        var demand = try demand(request, caller)
        guard let turn = open.begin(of: caller) else {
            throw Problem(
                .tooManyRequests, detail: "Too many feeds are open: the caller's, its organisation's or this node's.",
                retryAfterSeconds: 5)
        }
        demand.start = try await fresh.place(at: demand.start, for: request)
        let (epochs, head) = try await logState()
        // A failover in between has cut it off, perhaps.
        guard epochs.judge(demand.start) == .valid else {
            throw Problem(.sequenceLost, detail: "\(demand.start) was in a part of the log that was lost.")
        }
        let ready = demand
        var headers =
            ready.form == .stream
            ? HTTPFields.eventStream(at: head)
            : [.contentType: "application/x-ndjson", .cacheControl: "no-store", .accelBuffering: "no"]
        headers.set(head)
        let isStillGood = context.isStillGood
        // A reader who comes back is not refused for the feeds that it has left; they end with the next write.
        if ready.follows { context.whenCallerGoes(turn.end) }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var writer = writer
                try await send(ready, epochs, upTo: head, while: isStillGood, to: &writer)
                try await writer.finish(nil)
                turn.end()
            })
    }

    private func demand(_ request: Request, _ caller: Principal) throws(Problem) -> Demand {
        let query = QueryParameters(request)
        let isStream = request.headers[.accept]?.lowercased().contains("text/event-stream") ?? false
        var selection = FeedSelection { owner, show in caller.mayAct(as: .support, for: owner, show) }
        if let text = try query.single("types") {
            let types = Set(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
            if let unknown = types.subtracting(FeedSelection.allTypes).min() {
                throw Problem(
                    .invalidRequest,
                    detail:
                        "types names an unknown type of event: \(unknown.prefix(64)). Separate types with commas."
                )
            }
            selection.types = types
        }
        if let text = try query.single("show") {
            guard let show = ShowID(checking: text) else {
                throw Problem(.invalidRequest, detail: "show must be the id of a show.")
            }
            selection.show = show
        }
        var after = try query.single("after")
        if let last = request.headers[.lastEventID] { after = last }
        let start = after.map { LogPosition(feedSequence: $0) } ?? LogPosition(epoch: 1, position: 0)
        guard let start else {
            throw Problem(
                .invalidSequence,
                detail: "after must be the sequence of an event of the feed, or a token from a Sequence header.")
        }
        return Demand(
            selection: selection, start: start, form: isStream ? .stream : .lines,
            follows: try query.follows() || isStream,
            limit: try query.integer("limit", in: 1...Self.eventsMax, default: Self.eventsMax))
    }

    private func logState() async throws(Problem) -> (EpochHistory, LogPosition) {
        do throws(LogError) {
            return (try await log.epochs(), try await log.head())
        } catch {
            throw Problem(error)
        }
    }

    /// Ends at `head`, or where it follows: when the process stops, when the log enters another epoch, and when the caller's
    /// token or session ends. Whoever comes back is judged anew.
    private func send(
        _ demand: Demand, _ epochs: EpochHistory, upTo head: LogPosition,
        while isStillGood: @escaping @Sendable () -> Bool, to writer: inout some ResponseBodyWriter
    ) async throws {
        var reader = FeedReader(
            demand.selection, after: demand.start, in: epochs, owner: { try await owners.organisation(of: $0) })
        var left = demand.limit
        var lastWrite = ContinuousClock.now
        var page = try await log.events(after: reader.position, limit: Self.pageLimit, in: epochs.current)
        while true {
            let began = ContinuousClock.now
            let isWhole = page.count == Self.pageLimit
            let end = page.last?.position ?? head.position
            // The next page is on its way while this one is written.
            async let following = isWhole ? log.events(after: end, limit: Self.pageLimit, in: epochs.current) : []
            if !demand.follows { page.removeAll { $0.position > head.position } }
            let (events, stop) = try await reader.takeReadable(page)
            var buffer = ByteBuffer()
            for event in events.prefix(left) { demand.form.append(event.json, at: event.place, to: &buffer) }
            left -= min(left, events.count)
            guard left > 0 else { return try await writer.write(buffer) }
            // Where nothing is asked for, a long log would be a long silence.
            if buffer.readableBytes == 0, lastWrite.duration(to: .now) > Self.keepAlive {
                buffer = checkpoint(&reader, demand.form)
            }
            if buffer.readableBytes > 0 {
                try await writer.write(buffer)
                lastWrite = .now
            }
            if let stop {
                logger.warning(
                    "a feed ends before an event that it can't tell", metadata: ["position": "\(stop.position)"])
                throw stop
            }
            if demand.follows || isWhole, let oldest = page.first?.recordedAt {
                let work = began.duration(to: .now)
                await cancelWhenGracefulShutdown { await salesFirst?.rest(after: work, recordedAt: oldest) }
            }
            // A long log takes its time.
            guard isStillGood() else { return }
            if isWhole, demand.follows || reader.position < head.position {
                page = try await following
                continue
            }
            if reader.last.position < reader.position { try await writer.write(checkpoint(&reader, demand.form)) }
            guard demand.follows, try await waits(&reader, demand.form, in: epochs, while: isStillGood, to: &writer)
            else {
                return
            }
            page = try await log.events(after: reader.position, limit: Self.pageLimit, in: epochs.current)
        }
    }

    private func checkpoint(_ reader: inout FeedReader, _ form: Form) -> ByteBuffer {
        var buffer = ByteBuffer()
        let checkpoint = reader.checkpoint()
        form.append(checkpoint.json, at: checkpoint.place, to: &buffer)
        return buffer
    }

    /// Waits for news; says so where there are none for long. False: the feed is over.
    private func waits(
        _ reader: inout FeedReader, _ form: Form, in epochs: EpochHistory,
        while isStillGood: @escaping @Sendable () -> Bool, to writer: inout some ResponseBodyWriter
    ) async throws -> Bool {
        let next = LogPosition(epoch: epochs.current, position: reader.position + 1)
        while true {
            let outcome = await cancelWhenGracefulShutdown { await follower.wait(for: next, timeout: Self.keepAlive) }
            guard isStillGood(), !Task.isShuttingDownGracefully, follower.place.epoch == epochs.current else {
                return false
            }
            switch outcome {
            case .reached: return true
            case .timedOut: try await writer.write(form == .stream ? .streamComment : checkpoint(&reader, form))
            case .tooManyWaiters, .stopped: return false
            }
        }
    }
}

extension QueryParameters {
    /// `follow`: whether the answer goes on with what is yet to happen.
    fileprivate func follows() throws(Problem) -> Bool {
        switch try single("follow") {
        case nil, "false": return false
        case "true": return true
        default: throw Problem(.invalidRequest, detail: "follow is true or false.")
        }
    }
}
