import AsyncHTTPClient
import Foundation
public import Logging
import NIOCore
import NIOHTTP1
import Text

/// Asks a provider who tells people from programs whether a response of theirs is good, in the form that Cloudflare
/// Turnstile, hCaptcha and reCAPTCHA have in common: `secret` and `response` as a form, and JSON with `success`.
///
/// The caller's address is not told. A timeout, another status than 200, and what is no such JSON count as a provider who is
/// not there. So does a provider who refuses the secret: that is no caller's fault.
public struct SiteVerifier: Sendable {
    public enum Verdict: Equatable, Sendable {
        case passed, failed, unavailable
    }

    /// In which an answer has to be there, to its last byte.
    static let timeout = Duration.seconds(3)
    private static let bytesMax = 16 * 1024
    private static let faultsOfOurs: Set<String> = [
        "missing-input-secret", "invalid-input-secret", "internal-error", "bad-request",
    ]

    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    private let url: String
    private let secret: String
    private let timeout: Duration
    private let logger: Logger

    /// - Parameter url: such as `https://challenges.cloudflare.com/turnstile/v0/siteverify`.
    public init(url: String, secret: String, logger: Logger) {
        self.init(url: url, secret: secret, timeout: Self.timeout, logger: logger)
    }

    init(url: String, secret: String, timeout: Duration, logger: Logger) {
        self.url = url
        self.secret = secret
        self.timeout = timeout
        self.logger = logger
    }

    private struct Answer: Decodable {
        var success: Bool
        var errorCodes: [String]?

        enum CodingKeys: String, CodingKey {
            case success
            case errorCodes = "error-codes"
        }
    }

    public func verify(_ response: String) async -> Verdict {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: FormEncoding.encode([("secret", secret), ("response", response)])))
        do {
            let (status, body) = try await answer(to: request)
            guard status == .ok || status == .badRequest else { return unavailable("it answers \(status.code)") }
            let verdict = try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView))
            if verdict.success { return status == .ok ? .passed : .failed }
            let faults = Self.faultsOfOurs.intersection(verdict.errorCodes ?? [])
            return faults.isEmpty ? .failed : unavailable("it says \(faults.sorted().joined(separator: ", "))")
        } catch {
            // The request has the secret; the error may have the request.
            return unavailable("\(type(of: error))")
        }
    }

    /// The client's own deadline ends with the head of the answer, and leaves the body as much time as it wants.
    private func answer(to request: HTTPClientRequest) async throws -> (HTTPResponseStatus, ByteBuffer) {
        try await withThrowingTaskGroup(of: (HTTPResponseStatus, ByteBuffer).self) { [timeout] group in
            group.addTask {
                let answer = try await Self.client.execute(request, deadline: .distantFuture)
                return (answer.status, try await answer.body.collect(upTo: Self.bytesMax))
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    private func unavailable(_ reason: String) -> Verdict {
        logger.warning("the provider of challenges can't be asked", metadata: ["reason": "\(reason)"])
        return .unavailable
    }
}
