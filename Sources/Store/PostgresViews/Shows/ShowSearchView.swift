public import Domain
public import Postgres
public import ShowSearch

/// The rows of the ShowSearch view (`schema/shows`).
public enum ShowSearchView: PostgresView {
    public typealias Fold = ShowSearchFold

    public static let schema = "holdfast_shows"

    /// Every search has its own filters and limit, so each is planned by itself.
    public static let readSetup = [
        "SET plan_cache_mode = force_custom_plan", "SET jit = off", "SET work_mem = '16MB'",
        "SET max_parallel_workers_per_gather = 0",
    ]

    /// Instead of a NULL, which an array that is sent can't have.
    private static let nothing = Int64.min

    public static func load(_ keys: Set<ShowID>) -> (PostgresStatement, PostgresParameters) {
        var parameters = PostgresParameters()
        parameters.append(array: keys.sorted().lazy.map(\.rawValue))
        return (.load, parameters)
    }

    public static func row(
        of result: PostgresResult, _ row: Int
    ) throws(StoredViewError) -> (key: ShowID, row: ShowListing) {
        let listing = try ShowListing(result, row)
        return (listing.showID, listing)
    }

    public static func append(_ fold: ShowSearchFold, to parameters: inout PostgresParameters) {
        let rows = fold.changedRows
        parameters.reserve(byteCount: 1_024 + rows.count * 1_024)
        parameters.append(array: rows.lazy.map(\.showID.rawValue))
        parameters.append(array: rows.lazy.map(\.created))
        parameters.append(array: rows.lazy.map(\.position))
        parameters.append(array: rows.lazy.map(\.startsAt.microseconds))
        parameters.append(array: rows.lazy.map { $0.onSaleAt?.microseconds ?? nothing })
        parameters.append(array: rows.lazy.map { $0.offSaleAt?.microseconds ?? nothing })
        parameters.append(array: rows.lazy.map { $0.cancelledAt?.microseconds ?? nothing })
        parameters.append(array: rows.lazy.map { $0.venue.location?.latitude ?? .nan })
        parameters.append(array: rows.lazy.map { $0.venue.location?.longitude ?? .nan })
        parameters.append(array: rows.lazy.map(\.isDraft))
        parameters.append(array: rows.lazy.map(\.isPostponed))
        parameters.append(array: rows.lazy.map(\.name.storable))
        parameters.append(array: rows.lazy.map(\.artist.storable))
        parameters.append(array: rows.lazy.map(\.venue.name.storable))
        parameters.append(array: rows.lazy.map { $0.venue.venueID?.rawValue.storable ?? "" })
        parameters.append(array: rows.lazy.map(\.venue.city.storable))
        parameters.append(array: rows.lazy.map { $0.venue.country?.storable ?? "" })
        parameters.append(array: rows.lazy.map { $0.venue.timeZone?.storable ?? "" })
        parameters.append(array: rows.lazy.map { $0.category?.storable ?? "" })
        parameters.append(array: rows.lazy.map(\.nameKey))
        parameters.append(array: rows.lazy.map(\.cityKey))
        parameters.append(array: rows.lazy.map { $0.categoryKey ?? "" })
        parameters.append(array: rows.lazy.map(\.month))
        parameters.append(array: rows.lazy.map(\.document))
        var words: [String: Bool] = [:]
        for row in rows { for word in row.words { words[word, default: false] = words[word] == true || !row.isDraft } }
        let sorted = words.sorted { $0.key < $1.key }
        parameters.append(array: sorted.lazy.map(\.key))
        parameters.append(array: sorted.lazy.map { SearchText.trigramKey($0.key) })
        parameters.append(array: sorted.lazy.map(\.value))
    }

    public static func storedRows(_ query: AuditQuery) async throws(StoredViewError) -> [AuditedRow] {
        let shows = try await query(.all)
        var rows: [AuditedRow] = []
        rows.reserveCapacity(shows.rowCount)
        for index in 0..<shows.rowCount {
            let listing = try ShowListing(shows, index)
            let keys: [String]
            do throws(PostgresError) {
                keys = try (0..<4).map { column throws(PostgresError) in
                    try shows.optional(index, ShowListing.columnCount + column, shows.text) ?? ""
                }
            } catch {
                throw StoredViewError(error)
            }
            rows.append(AuditedRow(listing, keys: keys))
        }
        return rows
    }

    public static func rows(of fold: ShowSearchFold) -> [AuditedRow] {
        fold.allRows.map { row in
            // What is stored is read back without what can't be.
            let stored = row.storable
            return AuditedRow(stored, keys: [row.nameKey, row.cityKey, row.categoryKey ?? "", row.month])
        }
    }
}

extension AuditedRow {
    fileprivate init(_ listing: ShowListing, keys: [String]) {
        let text = "\(listing) \(keys)"
        self.init(text: text, digested: Array(text.utf8))
    }
}

extension ShowListing {
    fileprivate static let columns = """
        show_id, created_position, last_position, name, artist, venue, city, venue_id, country, time_zone, lat, lon, \
        category, starts_at, on_sale_at, off_sale_at, cancelled_at, is_draft, is_postponed
        """
    fileprivate static let columnCount = 19

    fileprivate init(_ rows: PostgresResult, _ row: Int) throws(StoredViewError) {
        do throws(PostgresError) {
            let latitude = try rows.optional(row, 10, rows.double)
            let longitude = try rows.optional(row, 11, rows.double)
            var location: Location?
            if let latitude, let longitude { location = Location(latitude: latitude, longitude: longitude) }
            func time(_ column: Int) throws(PostgresError) -> Timestamp? {
                try rows.optional(row, column, rows.int64).map(Timestamp.init(microseconds:))
            }
            self.init(
                showID: ShowID(try rows.text(row, 0)), created: try rows.int64(row, 1),
                position: try rows.int64(row, 2), name: try rows.text(row, 3), artist: try rows.text(row, 4),
                venue: Venue(
                    name: try rows.text(row, 5), city: try rows.text(row, 6),
                    venueID: try rows.optional(row, 7, rows.text).map { VenueID($0) },
                    country: try rows.optional(row, 8, rows.text), timeZone: try rows.optional(row, 9, rows.text),
                    location: location),
                category: try rows.optional(row, 12, rows.text),
                startsAt: Timestamp(microseconds: try rows.int64(row, 13)), onSaleAt: try time(14),
                offSaleAt: try time(15), cancelledAt: try time(16), isDraft: try rows.bool(row, 17),
                isPostponed: try rows.bool(row, 18))
        } catch {
            throw StoredViewError(error)
        }
    }

    /// As it is read back: PostgreSQL's texts have no NUL, and what is empty is not there.
    fileprivate var storable: ShowListing {
        var row = self
        row.name = name.storable
        row.artist = artist.storable
        row.venue.name = venue.name.storable
        row.venue.city = venue.city.storable
        row.venue.venueID = venue.venueID.flatMap { $0.rawValue.storable.orNil }.map { VenueID($0) }
        row.venue.country = venue.country?.storable.orNil
        row.venue.timeZone = venue.timeZone?.storable.orNil
        row.category = category?.storable.orNil
        if let location = venue.location, location.latitude.isNaN || location.longitude.isNaN {
            row.venue.location = nil
        }
        return row
    }
}

extension String {
    fileprivate var storable: String { utf8.contains(0) ? String(unicodeScalars.filter { $0.value != 0 }) : self }
    fileprivate var orNil: String? { isEmpty ? nil : self }
}

extension PostgresResult {
    /// Nil for a NULL.
    fileprivate func optional<V>(
        _ row: Int, _ column: Int, _ read: (Int, Int) throws(PostgresError) -> V
    ) throws(PostgresError) -> V? {
        isNull(row, column) ? nil : try read(row, column)
    }
}

extension PostgresStatement {
    fileprivate static let load = PostgresStatement(
        name: "load",
        sql: """
            SELECT \(ShowListing.columns) FROM unnest($1) AS k (show_id) JOIN holdfast_shows.shows USING (show_id)
            """)

    fileprivate static let all = PostgresStatement(
        once: """
            SELECT \(ShowListing.columns), name_key, city_key, category_key, month
            FROM holdfast_shows.shows ORDER BY show_id
            """)
}
