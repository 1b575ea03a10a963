public import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOFoundationCompat
public import NIOHTTP1
import Synchronization

/// Talks to Holdfast's API: what `openapi.yaml` describes, for programs in Swift.
///
/// * A command is sent with one idempotency key however often it has to be sent, so it takes effect once.
/// * What may be tried again is, within ``RetryPolicy``: a connection that fails, and problems that say so.
/// * Every read is at least as fresh as the last answer: the client keeps the newest `Sequence` token and sends it along.
///
/// One client is for one caller. It may be used from anywhere, at the same time.
public final class HoldfastClient: Sendable {
    /// The whole answer to a request.
    public struct Answer: Sendable {
        /// HTTP's status: 200 to 299, or 304.
        public var status: Int
        public var headers: HTTPHeaders
        public var body: Data

        /// The body as JSON, with times by RFC 3339.
        ///
        /// - Throws: `DecodingError`
        public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
            try JSONDecoder.holdfast.decode(type, from: body)
        }
    }

    /// What a request does.
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    private let url: String
    private let token: @Sendable () async throws -> String?
    private let policy: RetryPolicy
    private let http: HTTPClient
    private let seen = Mutex(SequenceToken?.none)

    /// Bytes that an answer may have.
    static let answerBytesMax = 64 << 20

    /// - Parameters:
    ///   - url: of a node or a balancer, such as `https://tickets.example.com`, without a slash at the end.
    ///   - policy: for how long, and how soon, a request is tried again.
    ///   - http: stays its owner's to shut down.
    ///   - token: asked for an access token or API key before every try; nil: the caller is nobody.
    public init(
        url: String, policy: RetryPolicy = RetryPolicy(), http: HTTPClient = .shared,
        token: @escaping @Sendable () async throws -> String?
    ) {
        self.url = url
        self.policy = policy
        self.http = http
        self.token = token
    }

    /// The newest token that an answer had: what the next read will at least reflect. A program that starts again may give it
    /// to ``remember(_:)``.
    public var lastSeen: String? { seen.withLock { $0?.text } }

    /// From now on every read reflects at least this token; one that is older, or none, changes nothing.
    public func remember(_ token: String) {
        guard let new = SequenceToken(token) else { return }
        seen.withLock { $0 = max($0 ?? new, new) }
    }

    /// Forgets a token that was lost; false: there is none to forget.
    func forget(_ token: String?) -> Bool {
        guard let token else { return false }
        return seen.withLock { seen in
            if seen?.text == token { seen = nil }
            return true
        }
    }

    /// Reads something.
    ///
    /// - Parameter path: with `/api/v1` and its query, escaped.
    /// - Throws: ``HoldfastProblem``, ``HoldfastUnreachable``, `DecodingError`, and what the token's source throws.
    public func get<T: Decodable>(_ path: String, as type: T.Type = T.self) async throws -> T {
        try await send(.get, path).decode(type)
    }

    /// Reads something, whatever its form.
    ///
    /// - Throws: as ``get(_:as:)``.
    public func get(_ path: String) async throws -> Answer { try await send(.get, path) }

    /// Has something done, once.
    ///
    /// - Parameters:
    ///   - key: the same for every attempt at the same thing, also by another program; nil: one that nobody else has.
    ///   - body: written as JSON.
    /// - Throws: as ``get(_:as:)``.
    @discardableResult
    public func command(
        _ method: Method, _ path: String, key: String? = nil, body: some Encodable
    ) async throws -> Answer {
        try await command(method, path, key: key, json: try JSONEncoder.holdfast.encode(body))
    }

    /// The same with a body that is JSON already; nil: the command has none.
    @discardableResult
    public func command(
        _ method: Method, _ path: String, key: String? = nil, json: Data? = nil
    ) async throws -> Answer {
        try await send(method, path, key: key ?? UUID().uuidString, body: json)
    }

    /// Sends a request, again where that may help.
    private func send(
        _ method: Method, _ path: String, key: String? = nil, body: Data? = nil
    ) async throws -> Answer {
        let end = ContinuousClock.now + policy.timeout
        var failures = 0
        while true {
            let fault: any Error
            var asked: Duration?
            let token = lastSeen
            do {
                return try await attempt(method, path, key, body, until: end)
            } catch let problem as HoldfastProblem where problem.code == "sequence-lost" && forget(token) {
                // A failover cut off what was seen: what there is now is read instead.
                continue
            } catch let problem as HoldfastProblem where problem.isRetryable {
                (fault, asked) = (problem, problem.retryAfter)
            } catch let unreachable as HoldfastUnreachable {
                fault = unreachable
            }
            failures += 1
            let wait = policy.wait(afterFailures: failures, asked: asked, random: .random(in: 0..<1))
            guard ContinuousClock.now + wait < end else { throw fault }
            try await Task.sleep(for: wait)
        }
    }

    private func attempt(
        _ method: Method, _ path: String, _ key: String?, _ body: Data?, until end: ContinuousClock.Instant
    ) async throws -> Answer {
        var request = try await request(method, path)
        if let key { request.headers.add(name: "Idempotency-Key", value: key) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: body))
        }
        let answer: Answer
        do {
            let left = max(ContinuousClock.now.duration(to: end), .milliseconds(1))
            let response = try await http.execute(request, deadline: .now() + TimeAmount(left))
            let bytes = try await response.body.collect(upTo: Self.answerBytesMax)
            answer = Answer(
                status: Int(response.status.code), headers: response.headers, body: Data(buffer: bytes))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw HoldfastUnreachable(reason: "\(error)")
        }
        guard (200...299).contains(answer.status) || answer.status == 304 else { throw HoldfastProblem(answer) }
        if let token = answer.headers.first(name: "Sequence") { remember(token) }
        return answer
    }

    /// A request with what every request has.
    func request(_ method: Method, _ path: String) async throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        request.headers.add(name: "Accept", value: "application/json, application/problem+json")
        if let token = try await token() { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let lastSeen { request.headers.add(name: "Last-Seen-Sequence", value: lastSeen) }
        return request
    }

    /// Begins a stream; its answer's body is still to be read.
    ///
    /// - Throws: ``StreamRefused``, ``StreamUnreachable``, `CancellationError`, and what the token's source throws.
    func open(_ path: String, after last: String?) async throws -> HTTPClientResponse {
        var request = try await request(.get, path)
        request.headers.replaceOrAdd(name: "Accept", value: "text/event-stream")
        if let last { request.headers.add(name: "Last-Event-ID", value: last) }
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, deadline: .distantFuture)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw StreamUnreachable()
        }
        guard response.status == .ok else {
            let body: ByteBuffer
            do {
                body = try await response.body.collect(upTo: Self.answerBytesMax)
            } catch let error as CancellationError {
                throw error
            } catch {
                throw StreamUnreachable()
            }
            let answer = Answer(status: Int(response.status.code), headers: response.headers, body: Data(buffer: body))
            throw StreamRefused(problem: HoldfastProblem(answer))
        }
        return response
    }

    /// How long a stream that ended waits before it begins anew.
    func wait(afterFailures failures: Int, asked: Duration?) -> Duration {
        policy.wait(afterFailures: failures, asked: asked, random: .random(in: 0..<1))
    }
}

extension JSONDecoder {
    static var holdfast: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
            return try Date(text, strategy: style)
        }
        return decoder
    }
}

extension JSONEncoder {
    static var holdfast: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        return encoder
    }
}

/// `epoch.position`, which sorts as the log does.
struct SequenceToken: Comparable {
    var epoch, position: Int64

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = Int64(parts[0]), let position = Int64(parts[1]) else { return nil }
        self.epoch = epoch
        self.position = position
    }

    var text: String { "\(epoch).\(position)" }

    static func < (a: Self, b: Self) -> Bool { (a.epoch, a.position) < (b.epoch, b.position) }
}
