import EventLog
import PostgresOrders

/// The Orders view, which is one for all nodes and lives in PostgreSQL.
enum Orders {
    static let name = "orders"

    /// Which of the projections that were named live in the nodes (empty: all; nil: none), and whether orders are among
    /// them.
    static func split(_ projections: [String]) -> (inNodes: [String]?, withOrders: Bool) {
        let inNodes = projections.filter { $0 != name }
        let withOrders = projections.isEmpty || inNodes.count < projections.count
        return (projections.isEmpty || !inNodes.isEmpty ? inNodes : nil, withOrders)
    }

    static func rebuild(_ audit: OrdersAudit) async throws {
        var bar: ProgressBar?
        let place = try await audit.rebuild { position, total in
            if bar == nil { bar = ProgressBar("rebuilding orders", total: total) }
            bar?.update(position)
        }
        bar?.finish(place.sequence)
        print("\(name): built anew at \(place.sequence)")
    }

    /// Compares them with a fold of the log, and says what came of it.
    static func isSame(_ audit: OrdersAudit) async throws -> Bool {
        var bar: ProgressBar?
        let comparison = try await audit.verify { position, total in
            if bar == nil { bar = ProgressBar("verifying orders", total: total) }
            bar?.update(position)
        }
        bar?.finish(comparison.place.sequence)
        let place = "\(name) at \(comparison.place.sequence)"
        guard let difference = comparison.difference else {
            print("\(place): same (\(comparison.digest))")
            return true
        }
        print("\(place): DIFFERS\n  \(difference)")
        return false
    }
}
