import ArgumentParser
import Foundation
import Hummingbird
import Logging

@main
struct Baseline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "What Holdfast is measured against: a bare Hummingbird server, and the designs that lock rows.",
        discussion: """
            POST /api/v1/shows/{id}/holds takes Holdfast's bodies and answers as Holdfast does, by --design:
              bare       decodes the body (JSONDecoder) and answers 201 with a hold from memory; stores nothing
              timer      does the same, but answers only after a timer of 2 ms, as if it waited for a disk
              row-lock   a transaction on a pooled connection: SELECT … FOR UPDATE of the show's row, UPDATE of what is \
            left, INSERT of the hold, COMMIT
              seat-lock  a transaction: for each seat SELECT … FOR UPDATE NOWAIT of its row, then UPDATE, COMMIT
            GET /api/v1/shows/{id}/availability answers the bytes of --body from memory.

            No authentication, no idempotency, no limits, no metrics: Hummingbird as it comes. So each design is faster \
            here than it could be in a shop.
            """)

    enum Design: String, ExpressibleByArgument, CaseIterable {
        case bare
        case timer
        case rowLock = "row-lock"
        case seatLock = "seat-lock"
    }

    @Option(help: "bare, timer, row-lock or seat-lock.")
    var design: Design = .bare

    @Option(help: "Where to listen, on 127.0.0.1.")
    var port: Int

    @Option(help: "A file to answer GETs with.")
    var body: String?

    @Option(help: "libpq connection string; row-lock and seat-lock make their tables there, anew.")
    var postgresURL: String?

    @Option(help: "Database connections (1 to 128).")
    var pool: Int = 8

    @Option(help: "Rows of seats that seat-lock makes: s0, s1, …")
    var seats: Int = 1_000_000

    func validate() throws {
        guard (1...128).contains(pool) else { throw ValidationError("--pool must be 1 to 128.") }
        switch design {
        case .bare, .timer: break
        case .rowLock, .seatLock:
            guard postgresURL != nil else { throw ValidationError("\(design.rawValue) needs --postgres-url.") }
        }
    }

    func run() async throws {
        var logger = Logger(label: "baseline")
        logger.logLevel = .warning
        let router = Router()
        let taker: any HoldTaker =
            switch design {
            case .bare: BareTaker()
            case .timer: TimerTaker()
            case .rowLock: try RowLockTaker(conninfo: postgresURL ?? "", connections: pool)
            case .seatLock: try SeatLockTaker(conninfo: postgresURL ?? "", connections: pool, seats: seats)
            }
        router.post("api/v1/shows/{id}/holds") { request, context -> Response in
            let hold = try await request.decode(as: HoldRequest.self, context: context)
            let show = try context.parameters.require("id")
            guard await taker.take(hold, show: show) else {
                return Response.json(.conflict, #"{"code":"seats-unavailable"}"#)
            }
            return Response.json(.created, hold.answer(show: show))
        }
        if let body {
            let bytes = ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: body)))
            router.get("api/v1/shows/{id}/availability") { _, _ in Response.json(bytes) }
        }
        router.get("health/ready") { _, _ in HTTPResponse.Status.ok }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), backlog: 1024),
            logger: logger)
        try await application.runService()
    }
}

extension Response {
    fileprivate static func json(_ body: ByteBuffer) -> Response {
        Response(status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }

    fileprivate static func json(_ status: HTTPResponse.Status, _ body: String) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
