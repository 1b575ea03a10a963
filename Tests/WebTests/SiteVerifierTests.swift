import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Identity
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import OpenID
@testable import SiteVerify

/// Turnstile's `siteverify`, with its secrets for tests (https://developers.cloudflare.com/turnstile/troubleshooting/testing/).
@Suite("A provider of challenges")
struct SiteVerifierTests {
    private static let secret = "1x0000000000000000000000000000000AA"

    private func run(_ body: @escaping @Sendable (_ url: String) async throws -> Void) async throws {
        let router = Router()
        router.post("siteverify") { request, _ -> Response in
            let form = String(buffer: try await request.body.collect(upTo: 65_536))
            let answer =
                switch form {
                case "secret=\(Self.secret)&response=a%20%26%2B%C3%A4": #"{"success":true,"error-codes":[]}"#
                case "secret=\(Self.secret)&response=used":
                    #"{"success":false,"error-codes":["timeout-or-duplicate"]}"#
                case "secret=\(Self.secret)&response=nonsense": "<html>"
                case "secret=\(Self.secret)&response=large": String(repeating: " ", count: 100_000)
                case "secret=\(Self.secret)&response=moved": ""
                default: #"{"success":false,"error-codes":["invalid-input-secret"]}"#
                }
            return Response(
                status: form.hasSuffix("moved") ? .found : .ok, headers: [.location: "/elsewhere"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: answer)))
        }
        router.post("silent") { _, _ -> Response in
            try await gracefulShutdown()
            return Response(status: .ok)
        }
        // Its head comes at once, and its body a byte at a time, for as long as somebody reads.
        router.on("trickle", method: .get, use: Self.trickle)
        router.on("trickle", method: .post, use: Self.trickle)
        let (ports, portFound) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { portFound.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: [application], logger: logger))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            do { try await body("http://127.0.0.1:\(port)") } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Sendable private static func trickle(_ request: Request, _ context: BasicRequestContext) -> Response {
        Response(
            status: .ok,
            body: ResponseBody { writer in
                while !Task.isShuttingDownGracefully {
                    try await writer.write(ByteBuffer(string: " "))
                    try await Task.sleep(for: .milliseconds(20))
                }
                try await writer.finish(nil)
            })
    }

    private func verifier(_ url: String, secret: String = secret) -> SiteVerifier {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return SiteVerifier(url: url, secret: secret, timeout: .milliseconds(300), logger: logger)
    }

    @Test("confirms a response, refuses one, or is as good as not there")
    func verdicts() async throws {
        try await run { url in
            let verifier = verifier("\(url)/siteverify")
            #expect(await verifier.verify("a &+ä") == .passed)
            #expect(await verifier.verify("used") == .failed)
            for response in ["nonsense", "large", "moved"] {
                #expect(await verifier.verify(response) == .unavailable, "\(response)")
            }
            // A wrong secret is no caller's fault.
            #expect(await self.verifier("\(url)/siteverify", secret: "wrong").verify("used") == .unavailable)
            for path in ["silent", "trickle"] {
                #expect(await self.verifier("\(url)/\(path)").verify("used") == .unavailable)
            }
            // Issuers of tokens get no more time.
            await #expect(throws: KeyError.self) {
                try await KeySetClient.answer(to: HTTPClientRequest(url: "\(url)/trickle"), within: .milliseconds(300))
            }
        }
        #expect(await verifier("http://127.0.0.1:1/siteverify").verify("used") == .unavailable)
    }
}
