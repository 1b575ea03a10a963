import Catalogue
import Diagnosis
import Domain
import EventLog
import Fanout
import Following
import Foundation
import OpenPayments
import PostgresEventLog
import QueryAPI

/// What operators are told of a node, beyond its views.
enum NodeChecks {
    /// - Parameter data: the node's folder.
    static func all(_ shared: SharedParts, _ follow: FollowSide, data: String) -> [HealthRoutes.Check] {
        // On connections of its own, which are made when somebody asks.
        let log = shared.makeLog()
        var checks: [HealthRoutes.Check] = [
            {
                do {
                    return .log(head: try await log.head().position, error: nil)
                } catch {
                    return .log(head: nil, error: "\(error)")
                }
            },
            { MachineReading.disk(at: data) },
        ]
        if let subscriber = follow.subscriber {
            checks.append { .fanout(silent: subscriber.statistics.silentEndpoints) }
        }
        if let payments = shared.views[OpenPayments.self] {
            checks.append { .parked(payments.read { view, _ in view.orders.values.count(where: \.needsOperator) }) }
        }
        return checks
    }
}
