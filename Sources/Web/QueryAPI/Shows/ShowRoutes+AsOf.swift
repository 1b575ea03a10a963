import Availability
import Domain
import EventLog
import HTTPServer
import HTTPTypes
import Identity
import Hummingbird
import NIOCore
import Text
import WebAPI

extension ShowRoutes {
    /// The moment of the past that a read asks for; nil: it asks for now.
    ///
    /// - Throws: for everybody but admins, and for what is no moment.
    func moment(_ request: Request, _ context: APIContext) throws(Problem) -> ShowHistory.Moment? {
        let parameters = QueryParameters(request)
        guard let text = try parameters.single("as-of") else { return nil }
        if context.principal?.mayAct(as: .organiser) != true { try context.require(.operator) }
        guard try parameters.single("since") == nil else {
            throw Problem(.invalidRequest, detail: "as-of and since don't go together.")
        }
        guard let moment = ShowHistory.Moment(text) else {
            throw Problem(
                .invalidRequest,
                detail: "as-of must be a sequence token, or an RFC 3339 time such as 2026-07-01T19:30:00Z.")
        }
        return moment
    }

    /// A read of the past. It says nothing of how far this node is, so it carries no token in a header.
    func past(
        _ moment: ShowHistory.Moment, _ context: APIContext,
        _ write: (ShowHistory.Past, inout JSONWriter) -> Void
    ) async throws -> Response {
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        guard let history else { throw Problem(.notFound, detail: "This node reads no past.") }
        let past = try await history.show(id, at: moment)
        var json = JSONWriter(capacity: past.show.statuses.count + 1_024)
        write(past, &json)
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}

extension JSONWriter {
    /// Up to where the past was read.
    mutating func write(_ past: ShowHistory.Past) {
        object("asOf") { json in
            json.member("sequence", past.place.description)
            json.member("time", past.time)
        }
    }
}
