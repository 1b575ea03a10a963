import Domain
import EventLog
public import Following
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
import NIOCore
public import Organisations
public import Sales
import Text
public import WebAPI

/// What the sale of a show, or of all shows of an organisation, came to, for the back office.
public struct SalesReportRoutes: Sendable {
    private let view: View<Sales>
    private let organisations: View<Organisations>
    private let fresh: FreshRead
    private let running = InFlightLimit(countMax: Self.reportsMax, ofCallerMax: 1)

    /// Reports of organisations at once, each of another caller: each adds up all times of all shows.
    private static let reportsMax = 2

    public init(view: View<Sales>, organisations: View<Organisations>, fresh: FreshRead) {
        self.view = view
        self.organisations = organisations
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("shows/{id}/reports/sales") { request, context in try await show(request, context) }
        group.get("organisations/{id}/reports/sales") { request, context in try await organisation(request, context) }
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let query = try SalesQuery(request, groupings: [.time, .category, .type, .channel])
        let (report, token) = try await fresh.read(view, for: request) { sales, token in
            guard let report = sales.report(of: id) else { throw Problem(.showNotFound, sequence: token) }
            return (report, token)
        }
        let table = try SalesTable([report], for: query)
        return answer(table, query, about: id.rawValue, at: token, to: request) { json in
            json.member("showId", report.showID)
            json.member("name", report.name)
            json.member("currency", report.currency)
            json.members(table, query, currency: report.currency)
        }
    }

    private func organisation(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.pathID("id", as: OrganisationID.self, orElse: .organisationNotFound)
        let query = try SalesQuery(request, groupings: [.show, .time, .category, .type, .channel])
        let (reports, token) = try await fresh.read(view, for: request) { sales, token in
            (sales.reports(of: id), token)
        }
        if reports.isEmpty && id != .instance {
            let isThere = try await fresh.read(organisations, for: request) { organisations, _ in
                organisations.organisations[id] != nil
            }
            guard isThere else { throw Problem(.organisationNotFound, sequence: token) }
        }
        guard let turn = running.begin(of: context.principal) else {
            throw Problem(.overloaded, detail: "Other reports are being made.", retryAfterSeconds: 1)
        }
        defer { turn.end() }
        let table = try SalesTable(reports, for: query)
        return answer(table, query, about: id.rawValue, at: token, to: request) { json in
            json.member("organisationId", id)
            json.members(table, query, currency: nil)
        }
    }

    /// The table in the form that was asked for; 304 where the caller has it.
    private func answer(
        _ table: SalesTable, _ query: SalesQuery, about id: String, at token: LogPosition, to request: Request,
        _ members: (inout JSONWriter) -> Void
    ) -> Response {
        var whole: WholeResponse
        switch query.format {
        case .json:
            whole = WholeResponse.json(token: token, capacity: 512 + 384 * table.rows.count) { $0.object(members) }
        case .csv:
            var csv = CSVWriter()
            csv.write(table, query)
            var headers: HTTPFields = [
                .contentType: "text/csv; charset=utf-8; header=present",
                .contentDisposition:
                    "attachment; filename=\"sales-by-\(query.grouping.rawValue)-\(Self.fileName(id))-\(token).csv\"",
            ]
            headers.set(token)
            whole = WholeResponse(.ok, headers: headers, body: ByteBuffer(bytes: csv.bytes))
        }
        whole = whole.revalidated(by: request.headers)
        whole.headers[.cacheControl] = "private, no-cache"
        whole.headers[.vary] = "Accept"
        return Response(whole)
    }

    /// An id may have characters that a header must not.
    private static func fileName(_ id: String) -> String {
        String(id.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
