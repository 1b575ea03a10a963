import EventLog
public import Following
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
import NIOCore
import Projection
import Text
public import WebAPI

/// For the replay tool: what the views of this process hold, and building one anew from the log. Admins only.
public struct ProjectionRoutes: Sendable {
    private let replica: Replica
    /// A view that is being built takes as much memory as the one that it is to replace, and reads the whole log.
    private let rebuilds = InFlightLimit(countMax: 1)

    public init(replica: Replica) { self.replica = replica }

    /// - Parameter group: `/api/v1` of the listener for operators, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("projections") { _, context in try list(context) }
        group.get("projections/{name}/snapshot") { _, context in try snapshot(context) }
        group.post("projections/{name}/rebuild") { _, context in try await rebuild(context) }
    }

    private func list(_ context: APIContext) throws -> Response {
        return Response.json { json in
            json.object { json in
                json.member("epoch", replica.status.epoch)
                json.member("head", replica.status.head)
                json.array("projections") { json in for view in replica.views { json.value(view) } }
            }
        }
    }

    private func snapshot(_ context: APIContext) throws -> Response {
        let snapshot = replica.snapshot(of: try view(context))
        var headers: HTTPFields = [.contentType: "application/octet-stream"]
        headers.set(LogPosition(epoch: snapshot.epoch, position: snapshot.sequence))
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: snapshot.encoded)))
    }

    /// Answers when the new view is live.
    private func rebuild(_ context: APIContext) async throws -> Response {
        let view = try view(context)
        guard let turn = rebuilds.begin() else {
            throw Problem(.overloaded, detail: "A view is being rebuilt already.", retryAfterSeconds: 5)
        }
        defer { turn.end() }
        do {
            let result = try await replica.rebuild(view)
            return Response.json { json in
                json.object { json in
                    json.member("projection", view.name)
                    json.member("sequence", result.sequence)
                    json.member("digest", result.digest)
                    json.member("wasIdentical", result.wasIdentical)
                }
            }
        } catch let fault as ProjectionFault {
            throw Problem(.overloaded, detail: "The view was not rebuilt: \(fault).", retryAfterSeconds: 5)
        }
    }

    private func view(_ context: APIContext) throws(Problem) -> any FollowingView {
        guard let name = context.parameters["name"], let view = replica.view(named: String(name)) else {
            throw Problem(.notFound, detail: "This process has no such projection.")
        }
        return view
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ view: any FollowingView) {
        object { json in
            json.member("name", view.name)
            json.member("formatVersion", view.formatVersion)
            json.member("sequence", view.checkpoint)
            if let stop = view.stop {
                json.object("stopped") { json in
                    json.member("sequence", stop.position)
                    json.member("reason", stop.reason)
                }
            }
        }
    }
}
