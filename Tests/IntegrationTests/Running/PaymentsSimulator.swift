import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Payments
import Synchronization
import TestSupport

/// One `payments-simulator`. It can be stopped, killed and started again, on the same port and ledger.
final class PaymentsSimulator: Sendable {
    static let secretKey = "sk_test_integration"

    /// Shared by all tests, and there until the process ends. It says at once when nobody is there.
    static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    private let reservedPort = ReservedPort()
    var port: Int { reservedPort.number }
    let url: String
    let folder: URL
    private let settings: [String]
    private let process = Mutex<NodeProcess?>(nil)

    /// - Parameter settings: flags beyond those that every simulator needs.
    init(in folder: URL, settings: [String] = []) {
        self.folder = folder
        self.settings = settings
        url = "http://127.0.0.1:\(reservedPort.number)"
    }

    /// - Parameters:
    ///   - more: flags for this time.
    ///   - mayDie: it is to die, and may do so before anybody has seen it alive.
    func start(_ more: [String] = [], mayDie: Bool = false) async throws {
        let process = try await NodeProcess.start(
            Executable.path(of: "payments-simulator"),
            [
                "--port", "\(port)", "--data", folder.appending(path: "payments.jsonl").path,
                "--secret-key", Self.secretKey,
            ] + settings + more, logFile: folder.appending(path: "payments-simulator.log"))
        self.process.withLock { $0 = process }
        try await eventually("the payment simulator answers") {
            do {
                let request = HTTPClientRequest(url: "\(url)/health")
                return try await Self.client.execute(request, timeout: .seconds(2)).status == .ok
            } catch {
                if process.isThere { return false }  // Not there yet.
                guard mayDie else { throw NeverHappened(what: "the payment simulator lives") }
                return true
            }
        }
    }

    /// Ends it: SIGTERM asks, SIGKILL does not. Returns its exit status, or 128 and the signal.
    @discardableResult
    func end(_ signal: CInt) async throws -> Int {
        guard
            let process = process.withLock({ process in
                defer { process = nil }; return process
            })
        else { return 0 }
        process.signal(signal)
        return try await process.end()
    }

    /// Sends a signal and does not wait for what comes of it.
    func signal(_ signal: CInt) { process.withLock { $0 }?.signal(signal) }

    /// Waits until it has died by itself.
    func death() async throws {
        try await eventually("the payment simulator dies", within: .seconds(60)) {
            process.withLock { $0?.isThere != true }
        }
        try await end(SIGKILL)
    }

    /// A way to it, as the product has one.
    ///
    /// - Parameter timeout: of each call; long, so that only calls that are never answered run into it.
    func provider(timeout: Duration = .seconds(60), key: String = PaymentsSimulator.secretKey) -> StripeProvider {
        StripeProvider(
            StripeConfiguration(baseURL: url, secretKey: Secret(key), requestTimeout: timeout),
            seal: { Array($0.utf8) })
    }

    /// From now on so many of its calls go wrong, and its searches are so far behind.
    ///
    /// - Parameter forgetsKeys: it forgets the idempotency keys of earlier calls, as Stripe does after a day.
    func misbehave(
        rate: Double, seed: Int64 = 1, searchLagSeconds: Int64 = 0, forgetsKeys: Bool = false
    ) async throws {
        var request = HTTPClientRequest(url: "\(url)/faults")
        request.method = .POST
        let body = JSON.object([
            "rate": .number(rate), "seed": .integer(seed), "searchLagSeconds": .integer(searchLagSeconds),
            "forgetsKeys": .bool(forgetsKeys),
        ])
        request.body = .bytes(ByteBuffer(bytes: try body.bytes))
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        guard response.status == .ok else { throw NeverHappened(what: "the fault rate changes") }
    }

    /// A payment as its ledger has it. An order has at most one, unless something went wrong.
    struct Payment: Decodable, Equatable, Sendable {
        struct Refund: Decodable, Equatable, Sendable {
            var refund: String
            var amount: Int64
        }

        var order: String?
        var payment: String
        /// Stripe's word: `requires_capture`, `succeeded`, `canceled`, `requires_payment_method`, …
        var state: String
        var amount: Int64
        var captured: Int64
        var refunded: Int64
        /// How often money was taken, and how often set aside.
        var charges: Int
        var authorizations: Int
        var refunds: [Refund]
    }

    func ledger() async throws -> [Payment] {
        struct Ledger: Decodable { var payments: [Payment] }
        let response = try await Self.client.execute(HTTPClientRequest(url: "\(url)/ledger"), timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 1 << 28)
        return try JSONDecoder().decode(Ledger.self, from: Data(body.readableBytesView)).payments
    }
}

/// A simulator of its own for the length of `body`.
func withPaymentsSimulator(
    settings: [String] = [], _ body: (PaymentsSimulator) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let simulator = PaymentsSimulator(in: folder, settings: settings)
        try await simulator.start()
        do {
            try await body(simulator)
        } catch {
            try await simulator.end(SIGKILL)
            throw error
        }
        try await simulator.end(SIGKILL)
    }
}
