import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Payments
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import payments_simulator

/// What the simulator sends, as the product takes it.
@Suite("Webhooks from the simulator")
struct WebhookSenderTests {
    private static let secret = "whsec_both"

    /// What came, as it is judged on arrival.
    private enum Arrival: Equatable {
        case event(type: String, order: String?, id: String)
        /// Well signed, but no event.
        case poison
        /// Not signed by who knows the secret.
        case forgery
    }

    @Test("events arrive signed and name their order; twice is the same event; poison and forgeries are known as such")
    func sending() async throws {
        let arrivals = Mutex<[Arrival]>([])
        try await withReceiver { body, signature in
            let arrival = Self.judged(body, signature)
            arrivals.withLock { $0.append(arrival) }
        } _: { url in
            let sender = WebhookSender(url: url, secret: Self.secret, logger: Logger(label: "webhooks"))
            let intent = Intent(
                id: "pi_sim1", created: 1, amount: 2500, currency: "eur", status: .authorized, capturesByHand: true,
                metadata: ["order": "o-1"])
            let refund = Refund(
                id: "re_sim1", created: 1, intent: "pi_sim1", amount: 100, currency: "eur",
                metadata: ["refund": "r-1", "order": "o-1"], failureReason: "expired_or_canceled_card")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await sender.run() }
                for (type, manner, count) in [
                    ("payment_intent.amount_capturable_updated", nil, 1), ("payment_intent.canceled", .twice, 2),
                    ("charge.refunded", .poisoned, 2), ("payment_intent.payment_failed", .withForgery, 2),
                    ("payment_intent.created", .late, 1), ("refund.failed", .withForgery, 2),
                ] as [(String, WebhookSender.Manner?, Int)] {
                    let before = arrivals.withLock { $0.count }
                    let about = type == "refund.failed" ? refund : nil
                    sender.send(.init(type: type, intent: intent, refund: about), manner)
                    try await eventually("\(type) arrives") { arrivals.withLock { $0.count } == before + count }
                    let came = arrivals.withLock { Array($0[before...]) }
                    guard case .event(type, "o-1", let id) = came.last else {
                        Issue.record("\(came)")
                        continue
                    }
                    switch manner {
                    case .twice: #expect(came == [.event(type: type, order: "o-1", id: id), came[1]])
                    case .poisoned: #expect(came[0] == .poison)
                    case .withForgery: #expect(came[0] == .forgery)
                    case .late, nil: break
                    }
                }
                group.cancelAll()
            }
        }
    }

    private static func judged(_ body: [UInt8], _ header: String) -> Arrival {
        guard let signature = WebhookSignature(header: header),
            signature.verifies(body, with: Secret(secret), now: Int64(Date().timeIntervalSince1970))
        else { return .forgery }
        guard let event = Payments.WebhookEvent(body: body) else { return .poison }
        return .event(type: event.type, order: event.orderID?.rawValue, id: event.id)
    }

    /// A server that takes webhooks, for the length of `body`, which gets its address.
    private func withReceiver(
        _ take: @escaping @Sendable ([UInt8], String) -> Void, _ body: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        let router = Router()
        router.post("webhook") { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            take(Array(bytes.readableBytesView), request.headers[HTTPField.Name("Stripe-Signature")!] ?? "")
            return HTTPResponse.Status.ok
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            for await port in ports {
                try await body("http://127.0.0.1:\(port)/webhook")
                break
            }
            group.cancelAll()
        }
    }
}
