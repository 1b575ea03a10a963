import Domain
import Sales
import Text
import WebAPI

/// The numbers of a row, as the forms name them.
private struct Column: Sendable {
    enum Rows: Sendable {
        case all
        /// Of parts of a sale that orders and holds belong to: times, shows and the whole.
        case whole
        /// Of kinds of tickets.
        case kinds
    }

    var json: String
    var csv: String
    var rows = Rows.all
    /// Nil: there is none.
    var value: @Sendable (SalesFigures) -> Int64?

    static let all: [Column] = [
        Column(json: "sold", csv: "sold") { $0.sold },
        Column(json: "returned", csv: "returned") { $0.returned },
        Column(json: "resold", csv: "resold") { $0.resold },
        Column(json: "swappedIn", csv: "swapped_in") { $0.swappedIn },
        Column(json: "swappedOut", csv: "swapped_out") { $0.swappedOut },
        Column(json: "left", csv: "left") { $0.left },
        Column(json: "gross", csv: "gross") { $0.gross },
        Column(json: "fees", csv: "fees") { $0.fees },
        Column(json: "tax", csv: "tax") { $0.tax },
        Column(json: "exchanged", csv: "exchanged", rows: .kinds) { $0.exchanged },
        Column(json: "refunded", csv: "refunded") { $0.refunded },
        Column(json: "net", csv: "net") { $0.net },
        Column(json: "averageTicket", csv: "average_ticket", rows: .kinds) { $0.averageTicket },
        Column(json: "orders", csv: "orders", rows: .whole) { $0.orders },
        Column(json: "averageOrder", csv: "average_order", rows: .whole) { $0.averageOrder },
        Column(json: "holdsPlaced", csv: "holds_placed", rows: .whole) { $0.holdsPlaced },
        Column(json: "holdsReleased", csv: "holds_released", rows: .whole) { $0.holdsReleased },
        Column(json: "holdsExpired", csv: "holds_expired", rows: .whole) { $0.holdsExpired },
        Column(json: "holdsBought", csv: "holds_bought", rows: .whole) { $0.holdsBought },
        Column(json: "feesRefunded", csv: "fees_refunded") { $0.feesRefunded },
        Column(json: "taxRefunded", csv: "tax_refunded") { $0.taxRefunded },
    ]

    static func of(_ grouping: SalesQuery.Grouping) -> [Column] {
        let rows: Rows = grouping == .time || grouping == .show ? .whole : .kinds
        return all.filter { $0.rows == .all || $0.rows == rows }
    }

    static let ofTotal = all.filter { $0.rows != .kinds }
}

extension JSONWriter {
    private mutating func members(_ figures: SalesFigures, _ columns: [Column]) {
        for column in columns {
            key(column.json)
            if let value = column.value(figures) { self.value(value) } else { null() }
        }
    }

    private mutating func members(_ total: SalesTable.Total) {
        members(total.figures, Column.ofTotal)
        member("refundsDue", total.refundsDue)
    }

    /// `by`, the total or the totals, and the rows.
    ///
    /// - Parameter currency: that of the one show that it is about; nil: each row has its own.
    mutating func members(_ table: SalesTable, _ query: SalesQuery, currency: String?) {
        member("by", query.grouping.rawValue)
        if query.grouping == .time { member("interval", query.interval.rawValue) }
        if let currency {
            object("total") { $0.members(table.totals[currency] ?? SalesTable.Total()) }
        } else {
            array("totals") { json in
                for (currency, total) in table.totals.sorted(by: { $0.key < $1.key }) {
                    json.object { json in
                        json.member("currency", currency)
                        json.member("shows", total.showCount)
                        json.members(total)
                    }
                }
            }
        }
        let columns = Column.of(query.grouping)
        array("rows") { json in
            for row in table.rows {
                json.object { json in
                    if currency == nil { json.member("currency", row.currency) }
                    json.write(row.key, query.grouping)
                    json.members(row.figures, columns)
                }
            }
        }
    }

    private mutating func write(_ key: SalesTable.Key, _ grouping: SalesQuery.Grouping) {
        switch key {
        case .time(let firstHour, let hourCount):
            let bucket = SalesReport.Bucket(firstHour: firstHour, hourCount: hourCount)
            member("from", bucket.start)
            member("until", bucket.end)
        case .name(let name):
            self.key(grouping.member)
            value(name)
        case .rest:
            self.key(grouping.member)
            null()
        case .show(let startsAt, let id, let name):
            member("showId", id)
            member("name", name)
            member("startsAt", startsAt)
        }
    }
}

extension CSVWriter {
    /// A header, and a line for each row.
    mutating func write(_ table: SalesTable, _ query: SalesQuery) {
        let columns = Column.of(query.grouping)
        for name in query.grouping.columns + ["currency"] + columns.map(\.csv) { cell(name) }
        endLine()
        for row in table.rows {
            write(row.key)
            cell(row.currency)
            for column in columns {
                if let value = column.value(row.figures) { cell(value) } else { cell("") }
            }
            endLine()
        }
    }

    private mutating func write(_ key: SalesTable.Key) {
        switch key {
        case .time(let firstHour, let hourCount):
            let bucket = SalesReport.Bucket(firstHour: firstHour, hourCount: hourCount)
            cell(bucket.start.rfc3339)
            cell(bucket.end.rfc3339)
        case .name(let name):
            cell("tickets")
            cell(name)
        case .rest:
            cell("rest")
            cell("")
        case .show(let startsAt, let id, let name):
            cell(id.rawValue)
            cell(name)
            cell(startsAt.rfc3339)
        }
    }
}

extension SalesQuery.Grouping {
    /// What the rows' names are names of.
    fileprivate var member: String { self == .type ? "ticketType" : rawValue }

    fileprivate var columns: [String] {
        switch self {
        case .time: ["from", "until"]
        case .category: ["part", "category"]
        case .type: ["part", "ticket_type"]
        case .channel: ["part", "channel"]
        case .show: ["show_id", "name", "starts_at"]
        }
    }
}
