import Catalogue
import Configuration
import Following
import Identity
import OpenPayments
import Payments
import PostgresEventLog
import ServiceLifecycle

/// Settles payments, while this process is the active one of all nodes.
struct PaymentsSide: NodeSide {
    let process: PaymentProcess
    private let provider: StripeProvider

    /// The advisory lock of the active payment process.
    private static let leaseKey: Int64 = 0x686f_6c64_7061_7973

    init(_ config: ConfigReader, _ shared: SharedParts, _ write: WriteSide?) throws {
        guard let write, let payments = shared.views[OpenPayments.self] else {
            throw SettingError("The payments role needs the command role beside it.")
        }
        let secrets = try ActionSecrets(keyFile: config.ticketKeyFile())
        provider = StripeProvider(try StripeConfiguration(config), seal: secrets.seal)
        process = PaymentProcess(
            view: payments, log: shared.makeLog(), sequencer: write.sequencer, provider: provider,
            lease: PostgresLease(shared.leases, key: Self.leaseKey, name: "payments"), traces: shared.traces,
            logger: Subsystem.payments.logger)
    }

    var services: [any Service] { [Connections(provider: provider), process] }

    var listeners: [any LogListener] { [process] }

    /// Ends the provider's connections when everybody who calls it has stopped.
    private struct Connections: Service {
        var provider: StripeProvider

        func run() async throws {
            try await gracefulShutdown()
            try await provider.shutdown()
        }
    }
}
