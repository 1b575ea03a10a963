internal import Domain
public import EventLog
public import Following
public import Logging
internal import Postgres
internal import ShowSearch
internal import Synchronization

/// Reads the ShowSearch view. What one read returns, and the place in the log it is of, are of one snapshot.
public final class ShowSearchReader: Sendable {
    /// A part of a list.
    public struct Page: Sendable {
        public var shows: [ShowPlace]
        /// There are more.
        public var hasMore: Bool
        /// Nil: not asked for.
        public var facets: ShowFacets?
        /// The place in the log that it reflects.
        public var place: LogPosition
        /// The last of the log that the stored rows need: who shows them must know all shows up to here.
        public var rowsPlace: LogPosition
    }

    /// Words that each word with a typing error is looked for among.
    private static let candidatesMax: Int32 = 40

    private let view: PostgresViewReader<ShowSearchView>
    private let counted = FacetCache()

    /// - Parameter conninfo: a libpq connection string; the role needs what `holdfast_reader` has.
    public init(conninfo: String, statementTimeout: Duration = .seconds(5), logger: Logger) {
        view = PostgresViewReader(conninfo: conninfo, statementTimeout: statementTimeout, logger: logger)
    }

    /// How far the view is, and waiting for it.
    public var position: StoredPosition { view.position }

    /// Closes its connections; the next read opens them again.
    public func disconnect() async { await view.disconnect() }

    /// - Parameter countsFacets: whether to count, too, what the whole search finds.
    public func page(
        _ query: ShowQuery, at moment: ShowMoment, countsFacets: Bool
    ) async throws(StoredViewError) -> Page {
        var (alternatives, earliest) = try await alternatives(query.filter)
        var statement = ShowStatement(query.filter, at: moment, alternatives: alternatives)
        let sql = statement.page(query)
        let rows = try await view.read(sql, statement.parameters)
        earliest = earlier(earliest, rows.place)
        var shows: [ShowPlace] = []
        for row in rows.indices.prefix(query.limit) { shows.append(try ShowPlace(rows.result, row)) }
        var facets: ShowFacets?
        if countsFacets {
            let version = FacetCache.Version(
                epoch: rows.place.epoch, changed: try rows.result.number(0, 7), soldOut: moment.soldOut)
            facets = counted.facets(of: query.filter, version, now: moment.now)
            if facets == nil {
                let (found, changed, place) = try await self.facets(query.filter, at: moment, alternatives)
                earliest = earlier(earliest, place)
                if changed == version.changed, place.epoch == version.epoch {
                    counted.keep(found, of: query.filter, version, now: moment.now)
                }
                facets = found
            }
        }
        return Page(
            shows: shows, hasMore: rows.indices.count > query.limit, facets: facets, place: earliest ?? rows.place,
            rowsPlace: rows.checkpoint)
    }

    private func facets(
        _ filter: ShowFilter, at moment: ShowMoment, _ alternatives: SearchWords.Alternatives
    ) async throws(StoredViewError) -> (ShowFacets, changed: Int64, LogPosition) {
        var statement = ShowStatement(filter, at: moment, alternatives: alternatives)
        let sql = statement.facets()
        let rows = try await view.read(sql, statement.parameters)
        var facets = ShowFacets()
        do throws(PostgresError) {
            for row in rows.indices {
                let count = ShowFacets.Count(
                    value: try rows.result.text(row, 4), count: try rows.result.int64(row, 5))
                switch try rows.result.int64(row, 3) {
                case 0b0111: facets.cities.append(count)
                // What nobody said is no category.
                case 0b1011: if !count.value.isEmpty { facets.categories.append(count) }
                case 0b1101: facets.statuses.append(count)
                case 0b1110: facets.months.append(count)
                default: facets.total = count.count
                }
            }
        } catch {
            throw StoredViewError(error)
        }
        return (facets, try rows.result.number(0, 6), rows.place)
    }

    /// What the search's words may stand for, and the place that was read at; nil: nothing had to be.
    private func alternatives(
        _ filter: ShowFilter
    ) async throws(StoredViewError) -> (SearchWords.Alternatives, LogPosition?) {
        let words = filter.words?.uncertain ?? []
        guard !words.isEmpty else { return ([:], nil) }
        var parameters = PostgresParameters()
        parameters.append(array: words)
        parameters.append(array: words.lazy.map(SearchText.trigramKey))
        parameters.append(filter.includesDrafts)
        parameters.append(Self.candidatesMax)
        let rows = try await view.read(.similarWords, parameters)
        var candidates: [(uncertain: String, word: String)] = []
        do throws(PostgresError) {
            for row in rows.indices {
                candidates.append((try rows.result.text(row, 3), try rows.result.text(row, 4)))
            }
        } catch {
            throw StoredViewError(error)
        }
        return (SearchWords.alternatives(candidates), rows.place)
    }

    private func earlier(_ a: LogPosition?, _ b: LogPosition) -> LogPosition {
        guard let a else { return b }
        return (a.epoch, a.position) < (b.epoch, b.position) ? a : b
    }
}

/// What was counted of late: the counts of a broad search cost more than its page, and hold until a show changes.
private final class FacetCache: Sendable {
    /// What counts depend on, beside the time.
    struct Version: Equatable {
        var epoch: Int64
        var changed: Int64
        var soldOut: Set<ShowID>
    }

    private struct Entry {
        var filter: ShowFilter
        var version: Version
        var facets: ShowFacets
        var countedAt: Timestamp
    }

    private static let entriesMax = 64
    /// Shows begin, and sales: so long may a count of statuses be behind the clock.
    private static let secondsMax: Int64 = 5
    /// The latest last.
    private let entries = Mutex<[Entry]>([])

    func facets(of filter: ShowFilter, _ version: Version, now: Timestamp) -> ShowFacets? {
        entries.withLock { entries in
            guard let entry = entries.last(where: { $0.filter == filter }), entry.version == version,
                entry.countedAt <= now, now < entry.countedAt.adding(seconds: Self.secondsMax)
            else { return nil }
            return entry.facets
        }
    }

    func keep(_ facets: ShowFacets, of filter: ShowFilter, _ version: Version, now: Timestamp) {
        entries.withLock { entries in
            entries.removeAll { $0.filter == filter }
            if entries.count == Self.entriesMax { entries.removeFirst() }
            entries.append(Entry(filter: filter, version: version, facets: facets, countedAt: now))
        }
    }
}

extension ShowPlace {
    /// From the columns that ``ShowStatement/page(_:)`` selects.
    fileprivate init(_ rows: PostgresResult, _ row: Int) throws(StoredViewError) {
        do throws(PostgresError) {
            self.init(
                number: try rows.int64(row, 4), second: try rows.int64(row, 5), text: try rows.text(row, 6),
                show: ShowID(try rows.text(row, 3)))
        } catch {
            throw StoredViewError(error)
        }
    }
}

extension PostgresResult {
    fileprivate func number(_ row: Int, _ column: Int) throws(StoredViewError) -> Int64 {
        do throws(PostgresError) {
            return try int64(row, column)
        } catch {
            throw StoredViewError(error)
        }
    }
}

extension PostgresStatement {
    fileprivate static let similarWords = PostgresViewReader<ShowSearchView>.page(
        "similar_words", columns: "uncertain, word", "SELECT * FROM holdfast_shows.similar_words($1, $2, $3, $4)")
}
