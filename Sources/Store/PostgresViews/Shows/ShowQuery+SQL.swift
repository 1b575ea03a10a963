internal import Domain
internal import Postgres
internal import ShowSearch

/// Puts one statement together from the parts that a search has. Everything that comes from outside is a parameter.
struct ShowStatement {
    private(set) var parameters = PostgresParameters()
    private let filter: ShowFilter
    private let moment: ShowMoment
    private let alternatives: SearchWords.Alternatives
    private var joins = ""
    private var conditions: [String] = []
    /// As SQL; nil: nothing asks for it yet.
    private var status: String?

    init(_ filter: ShowFilter, at moment: ShowMoment, alternatives: SearchWords.Alternatives) {
        self.filter = filter
        self.moment = moment
        self.alternatives = alternatives
        addConditions()
    }

    private mutating func parameter(_ value: some PostgresValue) -> String {
        parameters.append(value)
        return "$\(parameters.count)"
    }

    private mutating func tsquery(_ text: String) -> String { parameter(text) + "::text::tsquery" }

    private mutating func addConditions() {
        if !filter.includesDrafts { conditions.append("NOT s.is_draft") }
        for (words, weights) in [(filter.words, ""), (filter.artist, "A"), (filter.venue, "C")] {
            guard let words else { continue }
            guard !words.isEmpty else {
                conditions.append("false")
                continue
            }
            let text = weights.isEmpty ? words.query(alternatives) : words.query(in: weights)
            conditions.append("s.document @@ \(tsquery(text))")
        }
        if let venueID = filter.venueID { conditions.append("s.venue_id = \(parameter(venueID.rawValue))") }
        if let city = filter.cityKey { conditions.append("s.city_key = \(parameter(city))") }
        if let category = filter.categoryKey { conditions.append("s.category_key = \(parameter(category))") }
        if let from = filter.from { conditions.append("s.starts_at >= \(parameter(from.microseconds))") }
        if let to = filter.to { conditions.append("s.starts_at < \(parameter(to.microseconds))") }
        if let circle = filter.near {
            let box = circle.box
            let (south, north) = (parameter(box.latitudes.lowerBound), parameter(box.latitudes.upperBound))
            conditions.append("s.lat BETWEEN \(south) AND \(north)")
            let longitudes = box.longitudes.map { range in
                "s.lon BETWEEN \(parameter(range.lowerBound)) AND \(parameter(range.upperBound))"
            }
            conditions.append("(\(longitudes.joined(separator: " OR ")))")
            let metres = Int64((circle.radiusKm * 1_000).rounded(.up))
            let limit = parameter(metres)
            conditions.append("\(distance(circle)) <= \(limit)")
        }
        if let statuses = filter.statuses {
            parameters.append(array: statuses.map(\.rawValue).sorted())
            let names = "$\(parameters.count)"
            conditions.append("\(statusSQL()) = ANY (\(names))")
        }
    }

    /// ``ShowStatus/init(at:isDraft:isCancelled:isPostponed:startsAt:onSaleAt:offSaleAt:hasFree:)`` in SQL.
    private mutating func statusSQL() -> String {
        if let status { return status }
        let now = parameter(moment.now.microseconds)
        parameters.append(array: moment.soldOut.lazy.map(\.rawValue))
        joins += " LEFT JOIN unnest($\(parameters.count)) AS sold (show_id) ON sold.show_id = s.show_id"
        let sql = """
            CASE WHEN s.cancelled_at IS NOT NULL THEN 'cancelled' WHEN s.is_draft THEN 'draft' \
            WHEN s.is_postponed THEN 'postponed' \
            WHEN coalesce(s.off_sale_at, s.starts_at) <= \(now) \
            THEN CASE WHEN s.starts_at <= \(now) THEN 'over' ELSE 'off-sale' END \
            WHEN s.on_sale_at > \(now) THEN 'upcoming' WHEN sold.show_id IS NULL THEN 'on-sale' ELSE 'sold-out' END
            """
        status = sql
        return sql
    }

    /// ``GeoCircle/distanceKm(to:)`` in SQL, in metres.
    private mutating func distance(_ circle: GeoCircle) -> String {
        let (lat, lon) = (parameter(circle.center.latitude), parameter(circle.center.longitude))
        let diameter = 2_000 * GeoCircle.earthRadiusKm
        return """
            round(\(diameter) * asin(least(1, sqrt(sin(radians(s.lat - \(lat)) / 2) ^ 2 \
            + cos(radians(\(lat))) * cos(radians(s.lat)) * sin(radians(s.lon - \(lon)) / 2) ^ 2))))::bigint
            """
    }

    /// Of what a row matches better, in millionths: all words as they are, then with one typing error; beyond that where
    /// the words stand. Depends on nothing but row and search, so that a list can go on from any row.
    private mutating func relevance(_ words: SearchWords) -> String {
        let exact = tsquery(words.query())
        let near = tsquery(words.query(alternatives, errorsMax: 1))
        let ranks = words.termQueries.map { "ts_rank(s.document, \(tsquery($0)))" }
        return """
            (1000000 * (CASE WHEN s.document @@ \(exact) THEN 2 WHEN s.document @@ \(near) THEN 1 ELSE 0 END \
            + \(ranks.joined(separator: " + "))))::bigint
            """
    }

    private var from: String {
        "holdfast_shows.shows AS s" + joins
            + (conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))")
    }

    // MARK: Statements

    /// The page's shows and one more: show, number, second and text of its ``ShowPlace``; then where the view last changed.
    mutating func page(_ query: ShowQuery) -> PostgresStatement {
        var (number, second, text) = ("0::bigint", "0::bigint", "''::text")
        var order: String
        var after: String?
        let place = query.after
        switch query.sort {
        case .startsAt, .startsAtDescending:
            let isDescending = query.sort == .startsAtDescending
            number = "s.starts_at"
            order = isDescending ? "number DESC, show_id DESC" : "number, show_id"
            if let place {
                let (start, show) = (parameter(place.number), parameter(place.show.rawValue))
                conditions.append("(s.starts_at, s.show_id) \(isDescending ? "<" : ">") (\(start), \(show))")
            }
        case .name:
            text = "s.name_key"
            order = "key, show_id"
            if let place {
                let (name, show) = (parameter(place.text), parameter(place.show.rawValue))
                conditions.append("(s.name_key, s.show_id) > (\(name), \(show))")
            }
        case .relevance:
            number = filter.words.flatMap { $0.isEmpty ? nil : $0 }.map { relevance($0) } ?? number
            second = "s.starts_at"
            order = "number DESC, second, show_id"
            if let place {
                let (rank, start) = (parameter(place.number), parameter(place.second))
                let show = parameter(place.show.rawValue)
                after = "number < \(rank) OR (number = \(rank) AND (second, show_id) > (\(start), \(show)))"
            }
        case .distance:
            if let circle = filter.near { number = distance(circle) }
            order = "number, show_id"
            if let place {
                let (metres, show) = (parameter(place.number), parameter(place.show.rawValue))
                after = "(number, show_id) > (\(metres), \(show))"
            }
        }
        let limit = parameter(Int64(query.limit) + 1)
        var select = "SELECT s.show_id, \(number) AS number, \(second) AS second, \(text) AS key FROM \(from)"
        if let after { select = "SELECT * FROM (\(select)) AS found WHERE \(after)" }
        select += " ORDER BY \(order) LIMIT \(limit)"
        return PostgresViewReader<ShowSearchView>.page(
            "", columns: "show_id, number, second, key, changed", select, order: order)
    }

    /// Counts by what the shows have: which of city, category, status and month is counted (by the bits of `grouping`), the
    /// value, how many; then where the view last changed.
    mutating func facets() -> PostgresStatement {
        let status = statusSQL()
        let found = """
            SELECT s.city_key, s.city, s.category_key, s.category, \(status) AS status, s.month FROM \(from)
            """
        let counted = """
            SELECT grouping(city_key, category_key, status, month)::bigint AS kind, \
            coalesce(CASE WHEN grouping(city_key) = 0 THEN min(city) WHEN grouping(category_key) = 0 THEN min(category) \
            WHEN grouping(status) = 0 THEN status ELSE month END, '') AS value, count(*) AS many \
            FROM (\(found)) AS found GROUP BY GROUPING SETS ((city_key), (category_key), (status), (month), ())
            """
        let numbered = """
            SELECT kind, value, many, row_number() OVER (PARTITION BY kind ORDER BY many DESC, value) AS place \
            FROM (\(counted)) AS counted
            """
        let most = parameter(Int64(ShowFacets.valuesMax))
        return PostgresViewReader<ShowSearchView>.page(
            "", columns: "kind, value, many, changed", "SELECT * FROM (\(numbered)) AS n WHERE place <= \(most)",
            order: "kind, place")
    }
}
