import Contract
import Domain
public import EventLog
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
import NIOCore
import Text
public import WebAPI

/// A show's orders, tickets and sales as files of comma-separated values, folded from the log up to one sequence number:
/// the same request says the same for ever.
public struct ExportRoutes: Sendable {
    /// Events that are read at once.
    private static let pageLimit = 2_000
    /// Exports at once, each of another caller: each keeps a show's orders in memory until it is read.
    private static let exportsMax = 2
    private static let partBytesMin = 64 * 1024

    private let log: any EventReader
    private let fresh: FreshRead
    private let running = InFlightLimit(countMax: Self.exportsMax, ofCallerMax: 1)

    public init(log: any EventReader, fresh: FreshRead) {
        self.log = log
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        for export in Export.allCases {
            group.get(RouterPath("shows/{id}/exports/\(export.rawValue).csv")) { request, context in
                try await answer(export, request, context)
            }
        }
    }

    private func answer(_ export: Export, _ request: Request, _ context: APIContext) async throws -> Response {
        let show = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let given = try QueryParameters(request).single("at").map(Self.token)
        let place = try await fresh.place(at: given, for: request)
        guard let turn = running.begin(of: context.principal) else {
            throw Problem(.overloaded, detail: "Other exports are under way.", retryAfterSeconds: 5)
        }
        let books = try await books(of: show, upTo: place.position)
        var headers: HTTPFields = [
            .contentType: "text/csv; charset=utf-8; header=present",
            .contentDisposition: "attachment; filename=\"\(export.rawValue)-\(Self.fileName(show))-\(place).csv\"",
        ]
        headers.set(place)
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var writer = writer
                try await export.write(books, partBytesMin: Self.partBytesMin) { part in
                    try await writer.write(ByteBuffer(bytes: part))
                }
                // Whoever has all of it may ask for the next at once.
                turn.end()
                try await writer.finish(nil)
            })
    }

    private func books(of show: ShowID, upTo position: Int64) async throws -> ShowBooks {
        var books = ShowBooks()
        var version: Int64 = 0
        while true {
            let page: [RecordedEvent]
            do throws(LogError) {
                page = try await log.events(of: StreamID(show), after: version, limit: Self.pageLimit)
            } catch {
                throw Problem(error)
            }
            for recorded in page {
                guard recorded.position <= position else { return try Self.checked(books) }
                do throws(UnreadableEvent) {
                    books.apply(try recorded.event.decoded(), of: show, at: recorded.position)
                } catch {
                    throw Problem(
                        .showUnavailable, detail: "The show's event \(recorded.position) can't be read by this version."
                    )
                }
                version = recorded.streamVersion
            }
            guard page.count == Self.pageLimit else { return try Self.checked(books) }
            await Task.yield()
        }
    }

    private static func checked(_ books: ShowBooks) throws(Problem) -> ShowBooks {
        guard books.show != nil else { throw Problem(.showNotFound) }
        return books
    }

    private static func token(_ text: String) throws(Problem) -> LogPosition {
        guard let token = LogPosition(text) else {
            throw Problem(.invalidSequence, detail: "at must be a token from a Sequence header.")
        }
        return token
    }

    /// An id may have characters that a header must not.
    private static func fileName(_ show: ShowID) -> String {
        String(show.rawValue.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
