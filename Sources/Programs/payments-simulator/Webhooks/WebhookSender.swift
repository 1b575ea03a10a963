internal import AsyncHTTPClient
internal import Crypto
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import ServiceLifecycle
internal import Text

/// Tells one address what happens, signed (https://docs.stripe.com/webhooks#verify-manually).
///
/// Webhooks are hints: those that nobody takes, that don't fit the queue, or that a killed process had not sent are
/// lost. At the fault rate they come twice, late (so that later ones overtake them), with a body that is no event, and
/// accompanied by forgeries.
struct WebhookSender: Service {
    private static let queueMax = 10_000
    /// At a time; late ones wait among them.
    private static let deliveriesMax = 64
    private static let timeout = TimeAmount.seconds(10)
    private static let latenessMsMax = 3000

    enum Manner: CaseIterable {
        case twice, late, poisoned, withForgery
    }

    private let url: String
    private let secret: String
    private let events: AsyncStream<(WebhookEvent, Manner?)>
    private let queue: AsyncStream<(WebhookEvent, Manner?)>.Continuation
    private let logger: Logger

    init(url: String, secret: String, logger: Logger) {
        self.url = url
        self.secret = secret
        self.logger = logger
        (events, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueMax))
    }

    func send(_ event: WebhookEvent, _ manner: Manner?) { queue.yield((event, manner)) }

    func run() async throws {
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                var underWay = 0
                for await (event, manner) in events {
                    if underWay == Self.deliveriesMax {
                        await group.next()
                        underWay -= 1
                    }
                    underWay += 1
                    group.addTask { await deliver(event, manner, by: client) }
                }
            }
        }
        try await client.shutdown()
    }

    private func deliver(_ event: WebhookEvent, _ manner: Manner?, by client: HTTPClient) async {
        let id = "evt_\(UUID().uuidString.filter { $0 != "-" })"
        let body = event.body(id: id, now: Int64(Date().timeIntervalSince1970))
        switch manner {
        case nil: break
        case .late:
            do {
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...Self.latenessMsMax)))
            } catch { return }  // Shutting down.
        case .twice: await post(body, secret: secret, by: client)
        case .poisoned: await post(Array(body.prefix(body.count / 2)), secret: secret, by: client)
        case .withForgery:
            var forged = event
            forged.type = "payment_intent.succeeded"
            forged.intent.status = .succeeded
            forged.refund = nil
            await post(forged.body(id: id, now: 0), secret: "whsec_guessed", by: client)
        }
        await post(body, secret: secret, by: client)
    }

    private func post(_ body: [UInt8], secret: String, by client: HTTPClient) async {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
        request.headers.add(
            name: "Stripe-Signature",
            value: Self.signature(of: body, secret: secret, at: Int64(Date().timeIntervalSince1970)))
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: Self.timeout)
            _ = try await response.body.collect(upTo: 1 << 16)
        } catch {
            logger.debug("a webhook was not taken", metadata: ["error": "\(type(of: error))"])
        }
    }

    static func signature(of body: [UInt8], secret: String, at time: Int64) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(time).".utf8) + body, using: SymmetricKey(data: Array(secret.utf8)))
        return "t=\(time),v1=\(code.hex)"
    }
}
