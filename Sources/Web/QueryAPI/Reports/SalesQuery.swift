import Domain
import HTTPServer
import HTTPTypes
import Hummingbird
import Sales

/// What a caller wants to know of a sale, and in which form.
struct SalesQuery: Sendable {
    /// What the rows of a report are.
    enum Grouping: String, CaseIterable, Sendable {
        case time, category, type, channel
        /// Of an organisation.
        case show
    }

    enum Interval: String, CaseIterable, Sendable {
        case hour, day
    }

    enum Format: String, CaseIterable, Sendable {
        case json, csv
    }

    var grouping: Grouping
    /// Of the rows of a report by time.
    var interval: Interval
    /// Buckets that begin then or later count; nil: from the first on.
    var from: Timestamp?
    /// Buckets that begin earlier than this count; nil: to the last.
    var until: Timestamp?
    var format: Format

    /// - Parameter groupings: those that there are of what is reported on; the first is the default.
    init(_ request: Request, groupings: [Grouping]) throws(Problem) {
        let parameters = QueryParameters(request)
        grouping = try Self.choice("by", parameters, of: groupings) ?? groupings[0]
        let interval = try Self.choice("interval", parameters, of: Interval.allCases)
        self.interval = interval ?? .hour
        guard interval == nil || grouping == .time else {
            throw Problem(.invalidRequest, detail: "interval goes with by=time.")
        }
        from = try parameters.single("from").map { text throws(Problem) in try ShowSearchParameters.time(text, "from") }
        until = try parameters.single("until").map { text throws(Problem) in
            try ShowSearchParameters.time(text, "until", isEnd: true)
        }
        if from != nil || until != nil {
            guard grouping == .time || grouping == .show else {
                throw Problem(.invalidRequest, detail: "from and until go with by=time and by=show.")
            }
            if let from, let until, from >= until {
                throw Problem(.invalidRequest, detail: "from must be earlier than until.")
            }
        }
        format =
            try Self.choice("format", parameters, of: Format.allCases) ?? (request.headers.prefersCSV ? .csv : .json)
    }

    var hasTimes: Bool { from != nil || until != nil }

    /// A bucket counts where the row that it is in begins in the time that was asked for.
    func includes(_ bucket: SalesReport.Bucket) -> Bool {
        let row = grouping == .time && interval == .day ? bucket.asDay : bucket
        return from.map { row.start >= $0 } ?? true && until.map { row.start < $0 } ?? true
    }

    /// Only a part of the bucket's time was asked for, and its single hours are not kept any more.
    func cuts(_ bucket: SalesReport.Bucket) -> Bool {
        bucket.hourCount > 1
            && [from, until].contains { time in time.map { bucket.start < $0 && $0 < bucket.end } ?? false }
    }

    private static func choice<Choice: RawRepresentable<String>>(
        _ name: String, _ parameters: QueryParameters, of choices: [Choice]
    ) throws(Problem) -> Choice? {
        guard let text = try parameters.single(name) else { return nil }
        guard let choice = choices.first(where: { $0.rawValue == text }) else {
            throw Problem(
                .invalidRequest, detail: "\(name) must be one of \(choices.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }
}

extension HTTPFields {
    /// The caller would rather have comma-separated values than JSON (RFC 9110, section 12.5.1). Who takes anything gets JSON.
    var prefersCSV: Bool {
        var (csv, json) = (0.0, nil as Double?)
        for value in self[values: .accept] {
            for part in value.lowercased().split(separator: ",") {
                let parameters = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
                let weight =
                    parameters.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
                switch parameters.first {
                case "text/csv": csv = weight
                case "application/json": json = weight
                default: break
                }
            }
        }
        return csv > 0 && csv > json ?? 0
    }
}
