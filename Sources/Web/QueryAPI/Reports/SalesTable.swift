import Domain
import HTTPServer
import Sales

/// The rows of a report on one show or several. Different currencies are never added up.
struct SalesTable: Sendable {
    enum Key: Hashable, Comparable, Sendable {
        /// Hours since 1970, and how many.
        case time(firstHour: Int64, hourCount: Int64)
        /// A category, a ticket type or a channel; empty: places without one.
        case name(String)
        /// What no name can be given for.
        case rest
        case show(startsAt: Timestamp, ShowID, name: String)
    }

    struct Row: Sendable {
        var currency: String
        var key: Key
        var figures: SalesFigures
    }

    struct Total: Sendable {
        var showCount = 0
        var figures = SalesFigures()
        var refundsDue: Int64 = 0
    }

    /// Rows that an answer may have.
    static let rowsMax = 10_000

    /// By currency, then by what they are of; ascending.
    private(set) var rows: [Row] = []
    /// By currency.
    private(set) var totals: [String: Total] = [:]

    private struct Place: Hashable {
        var currency: String
        var key: Key
    }

    init(_ reports: [SalesReport], for query: SalesQuery) throws(Problem) {
        var figures: [Place: SalesFigures] = [:]
        for report in reports {
            // By time, each row says which time it is of.
            if query.grouping == .show, query.hasTimes, let cut = report.days.first(where: query.cuts) {
                throw Problem(
                    .invalidRequest,
                    detail:
                        "What was from \(cut.start.rfc3339) until \(cut.end.rfc3339) is kept in one piece: from and until "
                        + "must not be within it.")
            }
            for (key, part) in Self.parts(of: report, for: query) {
                figures[Place(currency: report.currency, key: key), default: SalesFigures()] += part
            }
            guard figures.count <= Self.rowsMax else {
                throw Problem(
                    .invalidRequest,
                    detail: "The report has more than \(Self.rowsMax) rows: \(Self.advice(query.grouping)).")
            }
            totals[report.currency, default: Total()].add(report, for: query)
        }
        rows = figures.map { Row(currency: $0.key.currency, key: $0.key.key, figures: $0.value) }
            .sorted { ($0.currency, $0.key) < ($1.currency, $1.key) }
    }

    private static func advice(_ grouping: SalesQuery.Grouping) -> String {
        switch grouping {
        case .time: "ask for days, or with from and until for less"
        case .show: "ask with from and until for less, or by category for the totals"
        case .category, .type, .channel: "ask for one show's"
        }
    }

    private static func parts(
        of report: SalesReport, for query: SalesQuery
    ) -> [(key: Key, figures: SalesFigures)] {
        switch query.grouping {
        case .time:
            return report.buckets.filter(query.includes).map { bucket in
                let bucket = query.interval == .day ? bucket.asDay : bucket
                return (.time(firstHour: bucket.firstHour, hourCount: bucket.hourCount), bucket.figures)
            }
        case .category, .type, .channel: return report.rows.map { ($0.kind.key(for: query.grouping), $0.figures) }
        case .show:
            let key = Key.show(startsAt: report.startsAt, report.showID, name: report.name)
            guard query.hasTimes else { return [(key, report.total)] }
            let buckets = report.buckets.filter(query.includes)
            guard !buckets.isEmpty else { return [] }
            return [(key, buckets.reduce(into: SalesFigures()) { $0 += $1.figures })]
        }
    }
}

extension SalesTable.Total {
    /// What of a report the rows of the table are about.
    fileprivate mutating func add(_ report: SalesReport, for query: SalesQuery) {
        showCount += 1
        let (sum, overflow) = refundsDue.addingReportingOverflow(report.refundsDue)
        refundsDue = overflow ? .max : sum
        guard query.hasTimes else { return figures += report.total }
        for bucket in report.buckets where query.includes(bucket) { figures += bucket.figures }
    }
}

extension SalesReport.Bucket {
    /// The day that it is in; as it is where it is longer.
    var asDay: Self {
        guard hourCount == 1 else { return self }
        var day = self
        let hour = firstHour % 24
        (day.firstHour, day.hourCount) = (firstHour - (hour < 0 ? hour + 24 : hour), 24)
        return day
    }
}

extension SalesReport.Kind {
    fileprivate func key(for grouping: SalesQuery.Grouping) -> SalesTable.Key {
        guard case .tickets(let category, let ticketType, let channel) = self else { return .rest }
        return switch grouping {
        case .category: .name(category)
        case .type: .name(ticketType)
        case .channel, .time, .show: .name(channel)
        }
    }
}
