import ArgumentParser
import Contract
import Domain
import EventLog
import Foundation
import HoldfastClient
import Identity
import Logging
import Payments
import PostgresEventLog
import ProgramOutput

extension PaymentsCommand {
    /// Compares the provider's list of payments with the log, both ways.
    struct Reconcile: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compares the provider's payments with the log, and prints what only one has as JSON lines.",
            discussion: """
                Finds what a restore lost: an order that the provider has been paid for and the log has not. With --apply, \
                voids or refunds payments without a sale, and records refunds that somebody made at the provider. What is \
                printed without "settlement" needs somebody to look. The exit status is 1 if anything is left.
                """)

        @OptionGroup var node: OperatorNode
        @OptionGroup var json: JSONLinesFlag
        @Option(help: "Compares payments since then, as RFC 3339; default: all.") var since: String?
        @Flag(help: "Settles what can be settled.") var apply = false
        @Option(help: "The log's libpq connection string; default: the local instance's.") var postgresURL: String?
        @Option(help: "The payment provider's URL; default: the local instance's.") var paymentsURL: String?
        @Option(help: "A file with the provider's secret key; default: the local instance's.") var paymentsKey: String?

        private static let pageLength = 5_000
        /// The provider's clock and the log's need not agree to the second.
        private static let slackSeconds: Int64 = 3_600

        func run() async throws {
            let start = try startTime()
            let provider = StripeProvider(try configuration(), seal: { _ in [] })
            let outcome: Result<Int, any Error>
            do {
                outcome = .success(try await reconcile(provider, since: start))
            } catch {
                outcome = .failure(error)
            }
            try await provider.shutdown()
            if try outcome.get() > 0 { throw ExitCode(1) }
        }

        /// Returns how many findings are left.
        private func reconcile(_ provider: StripeProvider, since start: Timestamp) async throws -> Int {
            let payments = try await provider.payments(since: max(0, start.microseconds / 1_000_000))
            let log = try await loggedPayments()
            let findings = Reconciliation.findings(
                provider: payments, log: log.orders, since: start.adding(seconds: Self.slackSeconds))
            let byID = Dictionary(payments.map { ($0.paymentID, $0) }, uniquingKeysWith: { first, _ in first })
            var left = 0
            for finding in findings {
                var line = FindingLine(finding)
                if apply, let settlement = finding.settlement, let payment = byID[finding.paymentID] {
                    do {
                        try await settle(finding, settlement, payment, provider)
                        line.isSettled = true
                    } catch {
                        line.error = "\(error)"
                    }
                }
                if line.isSettled != true { left += 1 }
                try line.print()
            }
            let summary =
                "\(payments.count) payments, \(log.orders.count) orders, \(findings.count) differences, \(left) left\n"
            FileHandle.standardError.write(Data(summary.utf8))
            return left
        }

        private func settle(
            _ finding: Reconciliation.Finding, _ settlement: Reconciliation.Finding.Settlement,
            _ payment: ListedPayment, _ provider: StripeProvider
        ) async throws {
            guard let orderID = finding.orderID else { return }
            switch settlement {
            case .void:
                let state = try await provider.void(payment.paymentID)
                if case .captured = state { throw ValidationError("it was captured meanwhile; reconcile again") }
            case .refund:
                try await provider.refund(payment.paymentID, RefundID(ofStrayCharge: orderID), amount: nil)
            case .record:
                let books = ObservedBooks(
                    paymentId: payment.paymentID, captured: payment.captured,
                    refunds: payment.refunds.map {
                        ObservedBooks.Refund(id: $0.id, refundId: $0.refundID?.rawValue, amount: $0.amount)
                    })
                _ = try await node.call(.post, "\(orderID)/observe", body: try JSONEncoder().encode(books))
            }
        }

        private func loggedPayments() async throws -> LoggedPayments {
            var logger = Logger(label: "holdfast") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = .error
            let log = PostgresEventLog(conninfo: try conninfo(), statementTimeout: .seconds(60), logger: logger)
            var payments = LoggedPayments()
            var position: Int64 = 0
            while true {
                let events = try await log.events(after: position, limit: Self.pageLength)
                for event in events {
                    position = event.position
                    guard event.stream.category == .show else { continue }
                    payments.apply(try event.event.decoded())
                }
                if events.count < Self.pageLength { return payments }
            }
        }

        // MARK: Where things are

        private func startTime() throws -> Timestamp {
            guard let since else { return Timestamp(microseconds: 0) }
            guard let time = Timestamp(rfc3339: since) else {
                throw ValidationError("--since must be a time such as 2035-01-10T09:00:00Z.")
            }
            return time
        }

        private func conninfo() throws -> String {
            if let postgresURL { return postgresURL }
            guard let data = node.data else { throw ValidationError("--data or --postgres-url is needed.") }
            return try LocalInstance(dataFolder: data).postgres
        }

        private func configuration() throws -> StripeConfiguration {
            guard let path = paymentsKey ?? node.data.map({ $0 + "/keys/payments.key" }) else {
                throw ValidationError("--data or --payments-key is needed.")
            }
            let key = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            if let paymentsURL { return StripeConfiguration(baseURL: paymentsURL, secretKey: Secret(key)) }
            guard let data = node.data else { return StripeConfiguration(secretKey: Secret(key)) }
            guard let url = try LocalInstance(dataFolder: data).payments else {
                throw ValidationError("The instance in \(data) has no payment provider; name one with --payments-url.")
            }
            return StripeConfiguration(baseURL: url, secretKey: Secret(key))
        }
    }
}

/// `POST /payments/{id}/observe`.
private struct ObservedBooks: Encodable {
    struct Refund: Encodable {
        var id: String
        var refundId: String?
        var amount: Int64
    }

    var paymentId: String
    var captured: Int64
    var refunds: [Refund]
}

/// A finding as it is printed.
private struct FindingLine: Encodable {
    var kind: String
    var orderId: String?
    var paymentId: String
    var settlement: String?
    var atProvider: Int64
    var inLog: Int64
    var isSettled: Bool?
    var error: String?

    init(_ finding: Reconciliation.Finding) {
        kind = finding.kind.rawValue
        orderId = finding.orderID?.rawValue
        paymentId = finding.paymentID
        settlement = finding.settlement?.rawValue
        atProvider = finding.atProvider
        inLog = finding.inLog
    }

    enum CodingKeys: String, CodingKey {
        case kind, orderId, paymentId, settlement, atProvider, inLog, error
        case isSettled = "settled"
    }

    func print() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Swift.print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}
