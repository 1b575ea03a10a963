import Domain
import Foundation
import Testing
import TestSupport

extension Cluster {
    /// A command node that also settles payments, while it is the active one of all that do.
    func payingNode(_ name: String, by simulator: PaymentsSimulator, settings: [String] = []) -> Node {
        node(
            name, roles: [.command, .query, .payments],
            settings: [
                "--payments-url", simulator.url, "--payments-key", simulator.secretKeyFile.path,
                "--payments-webhook-secret", simulator.webhookSecretFile.path,
            ] + settings)
    }

    /// The ledger beside the log, as both are now. What is wrong in it is wrong at any time.
    func books(with simulator: PaymentsSimulator) async throws -> Books {
        // In this order: whatever money has moved, its reason is in the log by now.
        let payments = try await simulator.ledger()
        var log = LoggedOrders()
        try await log.catchUp(with: self.log())
        return Books(orders: log.orders, payments: payments)
    }

    /// Waits until nothing is left to be done with the provider, and expects that its ledger and the log are one.
    func expectBalancedBooks(with simulator: PaymentsSimulator, within limit: Duration = .seconds(120)) async throws {
        let log = log()
        var orders = LoggedOrders()
        do {
            try await eventually("every order is settled", within: limit) {
                try await orders.catchUp(with: log)
                return orders.open.isEmpty
            }
        } catch let error as NeverHappened {
            for (id, order) in orders.open.sorted(by: { $0.key < $1.key }).prefix(10) {
                Issue.record("open: \(id): \(order)")
            }
            throw error
        }
        #expect(try await books(with: simulator).difference == [])
    }
}
