import Domain
import HTTPServer
import Hummingbird
import PostgresViews
import ShowSearch

/// What `GET /shows` is asked for beyond its next page.
struct ShowSearchParameters {
    /// The most characters of a text to look for.
    private static let textLengthMax = 200
    private static let names = [
        "q", "city", "artist", "venue", "venueId", "from", "to", "category", "status", "near", "sort",
    ]

    var query: ShowQuery
    /// What makes one search of all its pages.
    private var identity: SearchIdentity

    /// Nil: nothing is looked for.
    ///
    /// - Throws: ``Problem/Code/invalidRequest``, which names the parameter, where one is not what it must be.
    init?(_ parameters: QueryParameters, seesDrafts: Bool) throws(Problem) {
        var given: [(name: String, value: String)] = []
        for name in Self.names {
            guard let value = try parameters.single(name), !value.allSatisfy(\.isWhitespace) else { continue }
            given.append((name, value))
        }
        guard !given.isEmpty else { return nil }
        let values = Dictionary(uniqueKeysWithValues: given.map { ($0.name, $0.value) })
        func text(_ name: String) throws(Problem) -> String? {
            guard let text = values[name] else { return nil }
            guard text.count <= Self.textLengthMax, text.utf8.count <= 4 * Self.textLengthMax else {
                throw .invalid(name, "must have at most \(Self.textLengthMax) characters")
            }
            return text
        }
        var filter = ShowFilter(includesDrafts: seesDrafts)
        filter.words = try text("q").map { SearchWords($0) }
        filter.artist = try text("artist").map { SearchWords($0, isTyping: false) }
        filter.venue = try text("venue").map { SearchWords($0, isTyping: false) }
        filter.cityKey = try text("city").map(SearchText.key)
        filter.categoryKey = try text("category").map(SearchText.key)
        if let id = values["venueId"] {
            guard let id = VenueID(checking: id) else { throw .invalid("venueId", "must be a venue's id") }
            filter.venueID = id
        }
        filter.from = try values["from"].map { text throws(Problem) in try Self.time(text, "from") }
        filter.to = try values["to"].map { text throws(Problem) in try Self.time(text, "to", isEnd: true) }
        if let from = filter.from, let to = filter.to, from > to { throw .invalid("to", "must not be before from") }
        if let statuses = values["status"] { try Self.read(statuses, into: &filter) }
        filter.near = try values["near"].map { text throws(Problem) in try Self.circle(text) }
        let sort = try Self.sort(values["sort"], filter)
        identity = SearchIdentity(given.filter { $0.name != "sort" } + [("sort", sort.rawValue)])
        query = ShowQuery(filter: filter, sort: sort, limit: try parameters.pageLimit())
        if let cursor = try parameters.single("cursor") {
            guard let place = identity.place(cursor) else { throw .invalidCursor }
            query.after = place
        }
    }

    /// Where the search goes on after a show.
    func cursor(after place: ShowPlace) -> String { identity.cursor(place) }

    /// The place that a cursor of this search stands for; nil: it is none.
    func place(_ cursor: String) -> ShowPlace? { identity.place(cursor) }

    // MARK: Single parameters

    /// An RFC 3339 time, or a day of UTC: its begin, or its end.
    static func time(_ text: String, _ name: String, isEnd: Bool = false) throws(Problem) -> Timestamp {
        // A plus sign that was not escaped may have become a space on the way.
        if let time = Timestamp(rfc3339: text.replacing(" ", with: "+")) { return time }
        guard text.utf8.count == 10, let day = Timestamp(rfc3339: text + "T00:00:00Z") else {
            throw .invalid(name, "must be an RFC 3339 time such as 2026-07-01T19:30:00Z, or a day such as 2026-07-01")
        }
        return isEnd ? day.adding(seconds: 86_400) : day
    }

    private static func read(_ text: String, into filter: inout ShowFilter) throws(Problem) {
        var statuses: Set<ShowStatus> = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let status = ShowStatus(rawValue: String(name)) else {
                let all = ShowStatus.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("status", "must be one or several, with commas between, of \(all)")
            }
            statuses.insert(status)
        }
        filter.statuses = statuses
    }

    private static func circle(_ text: String) throws(Problem) -> GeoCircle {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part -> Double? in
            // Not everything that a number can be is one here: no hexadecimal, no infinity.
            guard (1...24).contains(part.utf8.count), part.utf8.allSatisfy({ (0x2B...0x39).contains($0) && $0 != 0x2F })
            else { return nil }
            return Double(part)
        }
        guard parts.count == 3, numbers.count == 3,
            let circle = GeoCircle(
                center: Location(latitude: numbers[0], longitude: numbers[1]), radiusKm: numbers[2])
        else {
            throw .invalid(
                "near",
                "must be latitude, longitude and kilometres, such as 53.54,9.98,50: -90 to 90, -180 to 180, more than 0 "
                    + "and at most \(Int(GeoCircle.radiusKmMax))")
        }
        return circle
    }

    private static func sort(_ text: String?, _ filter: ShowFilter) throws(Problem) -> ShowQuery.Sort {
        guard let text else { return filter.words != nil ? .relevance : filter.near != nil ? .distance : .startsAt }
        guard let sort = ShowQuery.Sort(rawValue: text) else {
            let all = ShowQuery.Sort.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("sort", "must be one of \(all)")
        }
        if sort == .relevance, filter.words == nil { throw .invalid("sort", "can be relevance only with q") }
        if sort == .distance, filter.near == nil { throw .invalid("sort", "can be distance only with near") }
        return sort
    }
}

extension Problem {
    fileprivate static func invalid(_ name: String, _ rule: String) -> Problem {
        Problem(.invalidRequest, detail: "\(name) \(rule).")
    }
}
