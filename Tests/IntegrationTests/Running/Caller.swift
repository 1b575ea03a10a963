import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Somebody who sends requests to one node.
struct Caller: Sendable {
    var node: Node
    /// The bearer token; nil: none is sent.
    var token: String?
    /// Asks at the listener for operators.
    private var isOperator = false

    init(node: Node, token: String? = nil) {
        self.node = node
        self.token = token
    }

    /// A debug build on a slow machine takes its time for the largest plans.
    static let answerTimeout = Duration.seconds(120)

    /// Shared by all tests, and there until the process ends.
    static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            timeout: .init(connect: .seconds(5)), connectionPool: .init(idleTimeout: .seconds(30)))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        // A command that may have arrived is not to be sent again behind the test's back.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    /// The same caller on another node.
    func at(_ node: Node) -> Caller { Caller(node: node, token: token) }

    /// The same caller at the node's listener for operators.
    var asOperator: Caller {
        var caller = self
        caller.isOperator = true
        return caller
    }

    func get(_ path: String, headers: [String: String] = [:], within: Duration = Self.answerTimeout) async throws
        -> Answer
    {
        try await send(.GET, path, headers: headers, within: within)
    }

    /// - Parameter key: the idempotency key; nil: none is sent.
    func post(
        _ path: String, _ body: JSON, key: String? = .random, headers: [String: String] = [:],
        within: Duration = Self.answerTimeout
    ) async throws -> Answer {
        try await post(path, bytes: body.bytes, key: key, headers: headers, within: within)
    }

    func post(
        _ path: String, bytes: [UInt8], key: String? = .random, headers: [String: String] = [:],
        within: Duration = Self.answerTimeout
    ) async throws -> Answer {
        var headers = headers.merging(["Content-Type": "application/json"]) { given, _ in given }
        if let key { headers["Idempotency-Key"] = key }
        return try await send(.POST, path, headers: headers, body: bytes, within: within)
    }

    func put(_ path: String, _ body: JSON, key: String = .random, within: Duration = Self.answerTimeout) async throws
        -> Answer
    {
        try await send(
            .PUT, path, headers: ["Content-Type": "application/json", "Idempotency-Key": key], body: try body.bytes,
            within: within)
    }

    func delete(_ path: String, key: String? = .random, within: Duration = Self.answerTimeout) async throws -> Answer {
        try await send(.DELETE, path, headers: key.map { ["Idempotency-Key": $0] } ?? [:], within: within)
    }

    /// Begins a request whose answer does not end: its status and the events as they come.
    func stream(_ path: String, headers: [String: String] = [:]) async throws -> (status: Int, events: ServerSentEvents)
    {
        let request = request(.GET, path, headers, nil)
        let response = try await Self.client.execute(request, timeout: .minutes(3))
        return (Int(response.status.code), ServerSentEvents(response.body))
    }

    private func send(
        _ method: HTTPMethod, _ path: String, headers: [String: String], body: [UInt8]? = nil, within: Duration
    ) async throws -> Answer {
        let request = request(method, path, headers, body)
        let response = try await Self.client.execute(request, timeout: .nanoseconds(within.wholeNanoseconds))
        return Answer(
            status: Int(response.status.code), headers: response.headers,
            body: try await response.body.collect(upTo: 64 << 20))
    }

    private func request(
        _ method: HTTPMethod, _ path: String, _ headers: [String: String], _ body: [UInt8]?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(isOperator ? node.operationsPort : node.port)\(path)")
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        // A replica that is behind may wait for as long as it can, unless the test says how long.
        if method == .GET && headers["Prefer"] == nil { request.headers.add(name: "Prefer", value: "wait=10") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        return request
    }
}

extension String {
    /// Unlike any other.
    static var random: String { UUID().uuidString }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 { Int64(self / .nanoseconds(1)) }
}
