import ArgumentParser
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import ProgramOutput
import ServiceLifecycle

@main
struct PaymentsSimulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payments-simulator",
        abstract: "A payment provider that speaks Stripe's API, keeps its own ledger, and misbehaves when told to.",
        discussion: """
            POST /v1/payment_intents, …/{id}/confirm, …/capture, …/cancel; GET /v1/payment_intents, …/{id}, …/search; \
            POST and GET /v1/refunds, GET …/{id}. Idempotency keys work as at Stripe. What was answered is on the disk \
            before.

            Cards, as payment_method:
              pm_card_visa, …                        Stripe's test tokens: good, declined and challenged ones
              pm_card_[STEP]TROUBLE[Always]          goes wrong the first time (fails: twice) or always; \
            STEP: nothing (authorizing), capture, void, refund; TROUBLE: timeoutBefore, timeoutAfter, error500Before, \
            error500After, error500Recorded, cutBefore, cutAfter, slow, fails, refused, refusedRecorded, and with \
            refund bounces: the refund is made, and fails. For example pm_card_timeoutAfter, pm_card_captureFails, \
            pm_card_captureRefused, pm_card_voidTimeoutBeforeAlways, pm_card_refundBounces.

            GET /ledger lists every payment with its order and what was charged and given back; \
            POST /faults {"rate": 0.2, "seed": 1, "searchLagSeconds": 0, "forgetsKeys": false} changes what goes \
            wrong, and ends the day that idempotency keys are kept; \
            GET /health answers once it serves.
            """)

    @Option(help: "Where to listen, on 127.0.0.1; 0 takes a free port. The first line of output says which.")
    var port: Int = 12111

    @Option(help: "The ledger's file; made where it is missing.")
    var data: String

    @Option(help: "What callers must present; sk_test_holdfast if nothing else is said.")
    var secretKey: String?

    @Option(help: "A file with what callers must present.")
    var secretKeyFile: String?

    @Option(help: "The share of calls and webhooks that go wrong, 0 to 1.")
    var faultRate: Double = 0

    @Option(help: "What the faults are drawn from.")
    var seed: UInt64 = 1

    @Option(help: "Where to tell what happens. Nobody is told without it.")
    var webhookUrl: String?

    @Option(help: "What webhooks are signed with; whsec_holdfast if nothing else is said.")
    var webhookSecret: String?

    @Option(help: "A file with what webhooks are signed with.")
    var webhookSecretFile: String?

    @Option(
        help: """
            For tests: the process dies at the first call that comes to this point: before- or after-, and authorize, \
            capture, void, refund, close or find.
            """)
    var killAt: KillPoint?

    @OptionGroup var json: JSONFlag

    static func main() async { await runProgram() }

    func validate() throws {
        guard (0...1).contains(faultRate) else { throw ValidationError("--fault-rate must be 0 to 1.") }
        guard (0...65535).contains(port) else { throw ValidationError("--port must be 0 to 65535.") }
        guard secretKey == nil || secretKeyFile == nil else {
            throw ValidationError("--secret-key or --secret-key-file, not both.")
        }
        guard webhookSecret == nil || webhookSecretFile == nil else {
            throw ValidationError("--webhook-secret or --webhook-secret-file, not both.")
        }
    }

    func run() async throws {
        var logger = Logger(label: "payments-simulator", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .warning
        let secretKey = try Self.word(secretKey, inFile: secretKeyFile) ?? "sk_test_holdfast"
        let webhookSecret = try Self.word(webhookSecret, inFile: webhookSecretFile) ?? "whsec_holdfast"
        let webhooks = webhookUrl.map { WebhookSender(url: $0, secret: webhookSecret, logger: logger) }
        let simulator = try Simulator(
            data: data, mischief: Mischief(rate: faultRate, seed: seed), webhooks: webhooks, killPoint: killAt)
        let application = Application(
            responder: SimulatorResponder(simulator: simulator, secretKey: secretKey),
            server: .http1(configuration: HTTP1Channel.Configuration(additionalChannelHandlers: [CallerWatch()])),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), backlog: 1024),
            services: webhooks.map { [$0] } ?? [],
            onServerRunning: { [isJSON = json.isOn] channel in
                let url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
                FileHandle.standardOutput.write(Data((isJSON ? "{\"url\": \"\(url)\"}\n" : url + "\n").utf8))
            },
            logger: logger)
        try await application.runService()
    }

    private static func word(_ word: String?, inFile path: String?) throws -> String? {
        guard let path else { return word }
        let words = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let word = words.first else { throw ValidationError("\(path) is not one word.") }
        return String(word)
    }
}
