import Contract
import Domain
import EventLog
import Following
import Postgres
import PostgresViews
import Projection
import ServiceLifecycle
import ShowSearch
import TestSupport
import Testing

/// The ShowSearch view of a log in memory, in a database of its own, with one process that folds.
struct ShowSearchUnderTest {
    let database: TestDatabase
    let log = SwitchableLog(InMemoryEventLog())
    let reader: ShowSearchReader
    /// The time of day that searches are made at: 1970-01-01T00:16:40Z.
    static let now = Timestamp(microseconds: 1_000_000_000)

    /// - Parameter body: while the view is folded.
    static func with(_ body: @escaping @Sendable (ShowSearchUnderTest) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let reader = ShowSearchReader(conninfo: database.appConninfo, statementTimeout: .seconds(30), logger: .test)
            let search = ShowSearchUnderTest(database: database, reader: reader)
            let services = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [.init(service: search.follower(), successTerminationBehavior: .ignore)], logger: .test))
            try await services.around { try await body(search) }
            await reader.disconnect()
        }
    }

    func follower() -> StoredView<PostgresViewStorage<ShowSearchView>> {
        var limits = StoredViewMachine.Limits()
        limits.pollInterval = .milliseconds(20)
        limits.pace = .zero
        return StoredView(
            storage: PostgresViewStorage(conninfo: database.appConninfo, logger: .test), log: log, lease: AlwaysHeld(),
            position: reader.position, limits: limits, logger: .test)
    }

    /// Creates shows, and waits until they can be found.
    func record(_ shows: [ShowCreated]) async throws {
        for show in shows { try await log.append(.created(show), version: 0) }
        try await upToDate()
    }

    func cancel(_ show: String) async throws {
        try await log.append(
            .cancelled(ShowCancelled(orders: 0, cancelledAt: Self.now)), of: ShowID(show), version: 1)
        try await upToDate()
    }

    func upToDate() async throws {
        let head = await log.head()
        #expect(await reader.position.wait(for: head, timeout: .seconds(30)) == .reached)
    }

    /// The ids of what is found, in order, on one page.
    func found(
        _ filter: ShowFilter, sort: ShowQuery.Sort = .startsAt, soldOut: Set<ShowID> = [], limit: Int = 100
    ) async throws -> [String] {
        try await page(filter, sort: sort, soldOut: soldOut, limit: limit).shows.map(\.show.rawValue)
    }

    func page(
        _ filter: ShowFilter, sort: ShowQuery.Sort = .startsAt, after: ShowPlace? = nil, soldOut: Set<ShowID> = [],
        limit: Int = 100
    ) async throws -> ShowSearchReader.Page {
        try await reader.page(
            ShowQuery(filter: filter, sort: sort, after: after, limit: limit),
            at: ShowMoment(now: Self.now, soldOut: soldOut), countsFacets: after == nil)
    }

    /// That the stored view is a fresh fold of the log.
    func difference() async throws -> String? {
        try await PostgresViewAudit<ShowSearchView>(conninfo: database.appConninfo, log: log, logger: .test).verify()
            .difference
    }
}

private struct AlwaysHeld: Lease {
    func whileHeld(_ body: @escaping @Sendable () async -> Void) async {
        while !Task.isCancelled {
            await body()
            await pause(.milliseconds(5))
        }
    }
}

extension SwitchableLog {
    func append(_ event: ShowEvent, of show: ShowID? = nil, version: Int64) async throws {
        var stream = show
        if case .created(let created) = event { stream = created.showID }
        let head = await head()
        _ = try await append(
            AppendBatch(
                epoch: head.epoch,
                streams: [
                    StreamAppend(
                        stream: StreamID(stream ?? ShowID("none")), expectedVersion: version,
                        commands: [
                            DecidedCommand(
                                id: CommandID(high: 77, low: UInt64(head.position) + 1), principal: "test",
                                fingerprint: [UInt8](repeating: 0, count: 32), outcome: [],
                                events: [EncodedEvent(event)])
                        ])
                ]))
    }
}

extension ShowCreated {
    /// A show with areas only.
    ///
    /// - Parameter starts: seconds since 1970.
    static func named(
        _ id: String, _ name: String = "A night", artist: String = "Somebody", venue: String = "Hall",
        city: String = "Gent", at location: Location? = nil, category: String? = nil, starts: Int64 = 5_000,
        onSale: Int64? = nil, offSale: Int64? = nil, isDraft: Bool = false, isPostponed: Bool = false
    ) -> ShowCreated {
        var show = ShowCreated(
            showID: ShowID(id), name: name, artist: artist,
            venue: Venue(name: venue, city: city, location: location),
            startsAt: Timestamp(microseconds: starts * 1_000_000),
            onSaleAt: onSale.map { Timestamp(microseconds: $0 * 1_000_000) }, currency: "EUR", prices: ["A": 1],
            holdSeconds: 60, maxSeatsPerHold: 6, seatingPlan: nil,
            areas: [Area(areaID: AreaID("a"), name: "A", capacity: 10, category: "A")], category: category,
            isDraft: isDraft, createdAt: Timestamp(microseconds: 0))
        show.offSaleAt = offSale.map { Timestamp(microseconds: $0 * 1_000_000) }
        show.isPostponed = isPostponed
        return show
    }
}

extension ShowFilter {
    /// What somebody who is no admin looks for.
    static func by(_ change: (inout ShowFilter) -> Void = { _ in }) -> ShowFilter {
        var filter = ShowFilter(includesDrafts: false)
        change(&filter)
        return filter
    }

    static func words(_ text: String) -> ShowFilter { .by { $0.words = SearchWords(text) } }
}
