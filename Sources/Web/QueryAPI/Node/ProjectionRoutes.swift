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

/// For the replay tool: what the views of this process hold, and putting a rebuilt one in place. Admins only.
public struct ProjectionRoutes: Sendable {
    private let replica: Replica
    private let snapshotBytesMax: Int

    /// - Parameter snapshotBytesMax: largest rebuilt view that is taken in.
    public init(replica: Replica, snapshotBytesMax: Int = 1 << 30) {
        self.replica = replica
        self.snapshotBytesMax = snapshotBytesMax
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("projections") { _, context in try list(context) }
        group.get("projections/{name}/snapshot") { _, context in try snapshot(context) }
        group.put("projections/{name}/snapshot") { request, context in try await changeOver(request, context) }
    }

    private func list(_ context: APIContext) throws -> Response {
        _ = try context.requireAdmin()
        return Response.json { json in
            json.object { json in
                json.member("epoch", replica.status.epoch)
                json.member("head", replica.status.head)
                json.array("projections") { json in for view in replica.views { json.value(view) } }
            }
        }
    }

    private func snapshot(_ context: APIContext) throws -> Response {
        _ = try context.requireAdmin()
        let snapshot = replica.snapshot(of: try view(context))
        var headers: HTTPFields = [.contentType: "application/octet-stream"]
        headers.set(LogPosition(epoch: snapshot.epoch, position: snapshot.sequence))
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: snapshot.encoded)))
    }

    private func changeOver(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try context.requireAdmin()
        let view = try view(context)
        let body = try await request.body.collect(upTo: snapshotBytesMax)
        do {
            let result = try await replica.changeOver(view, to: Snapshot(encoded: Array(body.readableBytesView)))
            return Response.json { json in
                json.object { json in
                    json.member("projection", view.name)
                    json.member("sequence", result.sequence)
                    json.member("digest", result.digest)
                    json.member("wasIdentical", result.wasIdentical)
                }
            }
        } catch let fault as ProjectionFault {
            throw Problem(.invalidRequest, detail: "The snapshot was not taken in: \(fault).")
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
