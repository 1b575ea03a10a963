import Domain
import Postgres
import PostgresViews
import Projection

/// A view in PostgreSQL: how often each car came, and how often it was towed. Its tables are in `visits.sql`.
struct VisitsFold: StoredFold {
    static let name = "visits"
    static let formatVersion = 1

    struct Row: Equatable {
        var visits: Int64 = 0
        var tows: Int64 = 0
    }

    /// By plate.
    private(set) var rows: [String: Row]
    private(set) var changed: Set<String> = []

    init(_ rows: [String: Row]) { self.rows = rows }

    static func keys(in events: [FollowedEvent]) -> Set<String> {
        var plates: Set<String> = []
        for followed in events {
            if case .success(let event as CarPark.Event) = followed.event { plates.insert(event.plate) }
        }
        return plates
    }

    mutating func apply(_ followed: FollowedEvent) throws(ProjectionFault) {
        guard let event = try followed.event.get() as? CarPark.Event else { return }
        switch event {
        case .entered: rows[event.plate, default: Row()].visits += 1
        case .left(let left): if left.wasTowed { rows[event.plate, default: Row()].tows += 1 }
        }
        changed.insert(event.plate)
    }
}

extension CarPark.Event {
    fileprivate var plate: String {
        switch self {
        case .entered(let event): event.plate
        case .left(let event): event.plate
        }
    }
}

enum VisitsView: PostgresView {
    typealias Fold = VisitsFold

    static let schema = "car_park_visits"

    static func load(_ keys: Set<String>) -> (PostgresStatement, PostgresParameters) {
        var parameters = PostgresParameters()
        parameters.append(array: keys.sorted())
        return (.load, parameters)
    }

    static func row(of result: PostgresResult, _ row: Int) throws(StoredViewError) -> (key: String, row: VisitsFold.Row)
    {
        do throws(PostgresError) {
            return (
                try result.text(row, 0),
                VisitsFold.Row(visits: try result.int64(row, 1), tows: try result.int64(row, 2))
            )
        } catch {
            throw StoredViewError(error)
        }
    }

    static func append(_ fold: VisitsFold, to parameters: inout PostgresParameters) {
        let plates = fold.changed.sorted()
        parameters.append(array: plates)
        parameters.append(array: plates.map { fold.rows[$0]?.visits ?? 0 })
        parameters.append(array: plates.map { fold.rows[$0]?.tows ?? 0 })
    }

    static func storedRows(_ query: AuditQuery) async throws(StoredViewError) -> [AuditedRow] {
        let result = try await query(.all)
        var rows: [AuditedRow] = []
        for index in 0..<result.rowCount {
            let (plate, row) = try row(of: result, index)
            rows.append(AuditedRow(text: "\(plate) \(row)"))
        }
        return rows
    }

    static func rows(of fold: VisitsFold) -> [AuditedRow] {
        fold.rows.sorted { $0.key < $1.key }.map { AuditedRow(text: "\($0.key) \($0.value)") }
    }
}

extension PostgresStatement {
    fileprivate static let load = PostgresStatement(
        name: "load", sql: "SELECT plate, visits, tows FROM car_park_visits.cars WHERE plate = ANY ($1)")

    fileprivate static let all = PostgresStatement(
        once: "SELECT plate, visits, tows FROM car_park_visits.cars ORDER BY plate")
}
