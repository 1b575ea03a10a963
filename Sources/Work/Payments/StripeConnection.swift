internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Calls to Stripe over HTTP, each within its timeout; what they mean is not known here.
///
/// Nothing is logged: headers carry the key, and bodies what people pay with.
final class StripeConnection: Sendable {
    private let configuration: StripeConfiguration
    private let client: HTTPClient

    init(_ configuration: StripeConfiguration) {
        self.configuration = configuration
        let timeout = TimeAmount(configuration.requestTimeout)
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: timeout, read: timeout))
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connectionsMax
        // A refused connection is told at once: it is known that nothing happened, and the payment process tries again.
        settings.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    /// Ends the connections; no call may follow.
    func shutdown() async throws { try await client.shutdown() }

    func get(_ path: String, _ query: FormBody = FormBody()) async throws(StripeFailure) -> StripeAnswer {
        let question = query.encoded.isEmpty ? "" : "?\(query.encoded)"
        return try await call(HTTPClientRequest(url: "\(configuration.baseURL)/v1/\(path)\(question)"))
    }

    /// - Parameter key: a call with it takes effect once, however often it is sent (for a day at least).
    func post(_ path: String, _ form: FormBody, key: String? = nil) async throws(StripeFailure) -> StripeAnswer {
        var request = HTTPClientRequest(url: "\(configuration.baseURL)/v1/\(path)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        request.body = .bytes(ByteBuffer(string: form.encoded))
        return try await call(request)
    }

    private func call(_ request: HTTPClientRequest) async throws(StripeFailure) -> StripeAnswer {
        var request = request
        request.headers.add(name: "Authorization", value: "Bearer \(configuration.secretKey.text)")
        request.headers.add(name: "Stripe-Version", value: StripeConfiguration.apiVersion)
        let deadline = NIODeadline.now() + TimeAmount(configuration.requestTimeout)
        do {
            let response = try await client.execute(request, deadline: deadline)
            return StripeAnswer(
                status: response.status.code,
                wasReplayed: response.headers.first(name: "Idempotent-Replayed") == "true",
                body: try await collect(response.body, by: deadline))
        } catch {
            throw .error(Self.meaning(of: error))
        }
    }

    /// The client's own deadline ends with the head of the answer; its read timeout then bounds each wait.
    private func collect(_ body: HTTPClientResponse.Body, by deadline: NIODeadline) async throws -> ByteBuffer {
        var collected = ByteBuffer()
        for try await part in body {
            guard NIODeadline.now() < deadline else { throw HTTPClientError.deadlineExceeded }
            guard collected.readableBytes + part.readableBytes <= StripeConfiguration.answerBytesMax else {
                throw NIOTooManyBytesError(maxBytes: StripeConfiguration.answerBytesMax)
            }
            collected.writeImmutableBuffer(part)
        }
        return collected
    }

    /// Only what failed before there was a connection is known not to have happened.
    static func meaning(of error: any Error) -> PaymentError {
        if error is NIOConnectionError { return .unavailable("no connection") }
        // The same, for an address that needs no look-up.
        if let error = error as? IOError, error.errnoCode == ECONNREFUSED { return .unavailable("no connection") }
        guard let error = error as? HTTPClientError else { return .unknown("\(type(of: error))") }
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .alreadyShutdown, .invalidURL,
            .emptyHost, .emptyScheme:
            return .unavailable(error.shortDescription)
        default:
            return .unknown(error.shortDescription)
        }
    }
}
