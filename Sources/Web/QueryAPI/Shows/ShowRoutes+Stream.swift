import AsyncAlgorithms
import Availability
import Domain
import EventLog
import Following
import HTTPServer
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Text
import WebAPI

extension ShowRoutes {
    /// Two messages of one stream are at least so far apart: what changes in between goes into the later one.
    private static var pace: Duration { .milliseconds(100) }
    /// A comment is sent after so long without a change, so that nobody on the way takes the stream for dead.
    private static var keepAlive: Duration { .seconds(15) }

    /// The seat map as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html): first the
    /// whole, or what changed since `Last-Event-ID`; then every change. Ids are tokens, and no stream repeats one that its
    /// reader has seen: an id of an earlier epoch stands for the same state in this one, unless it was lost.
    func stream(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let given = try request.headers[.lastEventID] ?? QueryParameters(request).single("since")
        let seen = try given.map { try Self.token($0) }
        let (token, since) = try await read(id, for: request, by: context.principal, since: seen) { _, token, since in
            (token, since)
        }
        guard let (changes, end) = signals.listen(to: id) else {
            throw Problem(.overloaded, detail: "Too many streams are open.", retryAfterSeconds: 5)
        }
        context.whenCallerGoes(end)
        return Response(
            status: .ok, headers: .eventStream(at: token),
            body: ResponseBody { writer in
                var writer = writer
                try await send(id, since: since, in: token.epoch, changes, to: &writer)
                try await writer.finish(nil)
            })
    }

    private enum Beat { case change, silence, end }

    /// Ends when its caller has gone, when the process stops, and when the log enters another epoch: the caller then comes
    /// back with the token of what it has seen last, and it is judged anew.
    private func send(
        _ id: ShowID, since: LogPosition?, in epoch: Int64, _ changes: AsyncStream<Void>,
        to writer: inout some ResponseBodyWriter
    ) async throws {
        var seen = since
        if let message = message(id, since: &seen, in: epoch) { try await writer.write(message) }
        guard view.place.epoch == epoch else { return }
        let silences = AsyncTimerSequence(interval: Self.keepAlive, clock: ContinuousClock()).map { _ in Beat.silence }
        let news = chain(changes.map { Beat.change }, CollectionOfOne(Beat.end).async)
        for await beat in merge(news, silences).cancelOnGracefulShutdown() {
            switch beat {
            case .end: return
            case .silence: try await writer.write(.streamComment)
            case .change:
                let message = message(id, since: &seen, in: epoch)
                guard view.place.epoch == epoch else { return }
                guard let message else { continue }
                try await writer.write(message)
                try await Task.sleep(for: Self.pace)
            }
        }
    }

    /// What the stream's reader has not seen. Nil: nothing, or the log is in another epoch, in which `since` may be lost.
    private func message(_ id: ShowID, since: inout LogPosition?, in epoch: Int64) -> ByteBuffer? {
        let seen = since
        let news: (body: [UInt8], version: LogPosition)? = view.read { projection, place in
            guard place.epoch == epoch, let show = projection.shows[id] else { return nil }
            let version = show.version(in: epoch)
            if let seen, seen.position >= version.position { return nil }
            if let seen, let changes = show.changes(since: seen, version: version) { return (changes, version) }
            var json = JSONWriter(capacity: show.statuses.count + 512)
            show.write(into: &json, version: version)
            return (json.bytes, version)
        }
        guard let (body, version) = news else { return nil }
        since = version
        var buffer = ByteBuffer()
        buffer.writeEvent("availability", id: version, data: body)
        return buffer
    }
}
