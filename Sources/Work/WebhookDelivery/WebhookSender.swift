import AsyncHTTPClient
import Domain
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Webhooks

/// Posts messages to one endpoint over HTTP.
///
/// The host's address is looked up here and checked, and the connection goes to that very address: a name that means
/// another one a moment later (DNS rebinding) gains nothing. Redirects are not followed.
final class WebhookSender: Sendable {
    /// What came of one try.
    struct Outcome: Sendable {
        var verdict: WebhookVerdict
        /// HTTP's; nil: there was no answer.
        var status: Int?
        /// What went wrong; empty: nothing.
        var detail: String
        var milliseconds: Int

        static func notSent(_ reason: String) -> Outcome {
            Outcome(verdict: .failed(retryAfter: nil), status: nil, detail: reason, milliseconds: 0)
        }
    }

    /// From the connection to the end of the answer.
    private static let timeout = TimeAmount.seconds(15)
    /// An answer's body is not looked at; more than this ends the connection.
    private static let answerBytesMax = 64 * 1024

    private let url: WebhookURL
    private let client: HTTPClient

    /// - Parameters:
    ///   - organisation: whose endpoint it is.
    ///   - loop: where the connection is read and written.
    /// - Throws: ``Unreachable``
    static func connect(
        to url: WebhookURL, of organisation: OrganisationID, within reach: WebhookReach,
        on loop: any EventLoop = HTTPClient.defaultEventLoopGroup.next()
    ) async throws(Unreachable) -> WebhookSender {
        guard url.isSecure || reach.allowsPrivate else {
            throw Unreachable(reason: "the URL does not begin with https://")
        }
        let address: SocketAddress
        switch await HostLookUp.shared.address(of: url.host, port: url.port, for: organisation) {
        case .address(let found): address = found
        case .none: throw Unreachable(reason: "the host has no address")
        case .unknown: throw Unreachable(reason: "the host's address could not be found out in time", isCertain: false)
        }
        let bytes = address.ipAddress.flatMap(PublicAddress.bytes) ?? []
        guard reach.allowsPrivate || PublicAddress.contains(bytes) else {
            throw Unreachable(reason: "the host is in a private network")
        }
        return WebhookSender(url: url, pinnedTo: address, authorities: reach.authorities, on: loop)
    }

    private init(url: WebhookURL, pinnedTo address: SocketAddress, authorities: String?, on loop: any EventLoop) {
        self.url = url
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: Self.timeout, read: Self.timeout))
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
        settings.connectionPool.retryConnectionEstablishment = false
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.file(authorities)]
            settings.tlsConfiguration = tls
        }
        if let ip = address.ipAddress { settings.dnsOverride = [url.host: ip] }
        client = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: settings)
    }

    func shutdown() async {
        do {
            try await client.shutdown()
        } catch {
            // It was shut down before.
        }
    }

    /// - Parameters:
    ///   - secrets: none: they can't be read, and nothing is sent.
    ///   - traceParent: of the try's span; nil: it is not traced.
    func send(
        _ message: WebhookMessage, at time: Timestamp, secrets: [WebhookSecret], traceParent: String? = nil
    ) async -> Outcome {
        guard !secrets.isEmpty else {
            return .notSent("this node can no longer read the webhook's secret: give the webhook a new one")
        }
        var request = HTTPClientRequest(url: url.text)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/cloudevents+json")
        request.headers.add(name: "User-Agent", value: "Holdfast")
        for (name, value) in message.headers(at: time, secrets: secrets) {
            request.headers.add(name: name, value: value)
        }
        if let traceParent { request.headers.add(name: "traceparent", value: traceParent) }
        request.body = .bytes(ByteBuffer(bytes: message.body))
        let start = ContinuousClock.now
        func outcome(_ verdict: WebhookVerdict, _ status: Int?, _ detail: String) -> Outcome {
            let milliseconds = start.duration(to: .now) / .milliseconds(1)
            return Outcome(verdict: verdict, status: status, detail: detail, milliseconds: Int(milliseconds))
        }
        let deadline = NIODeadline.now() + Self.timeout
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: deadline)
        } catch {
            return outcome(.failed(retryAfter: nil), nil, "there was no answer: \(Self.name(of: error))")
        }
        let status = Int(response.status.code)
        let verdict = WebhookVerdict(status: status, retryAfter: response.headers.first(name: "Retry-After"))
        await Self.drain(response.body, by: deadline)
        return outcome(verdict, status, verdict == .taken ? "" : "the endpoint answered \(status)")
    }

    /// Reads a body that says nothing, so that the connection can be used again; whatever becomes of it, the head has said what
    /// counts.
    private static func drain(_ body: HTTPClientResponse.Body, by deadline: NIODeadline) async {
        var read = 0
        do {
            for try await part in body {
                read += part.readableBytes
                guard read <= answerBytesMax, NIODeadline.now() < deadline else { return }
            }
        } catch {
            // The connection is not used again.
        }
    }

    /// What may be shown to the endpoint's owner.
    private static func name(of error: any Error) -> String {
        if error is NIOConnectionError { return "no connection" }
        if let error = error as? IOError {
            return error.errnoCode == ECONNREFUSED ? "no connection" : "the connection broke"
        }
        if let error = error as? HTTPClientError { return error.description.replacing("HTTPClientError.", with: "") }
        return String(describing: type(of: error))
    }
}

/// Where endpoints of webhooks may be.
public struct WebhookReach: Sendable {
    /// Whether they may be in private networks, and be called over http.
    public var allowsPrivate: Bool
    /// A file (PEM) with authorities that their certificates may be of, beside the system's.
    public var authorities: String?

    public init(allowsPrivate: Bool, authorities: String? = nil) {
        self.allowsPrivate = allowsPrivate
        self.authorities = authorities
    }
}

/// An endpoint can't be called, or must not be.
struct Unreachable: Error, Equatable {
    var reason: String
    /// Whether that is so; else nobody could say.
    var isCertain = true
}
