import AsyncHTTPClient
import Identity
import NIOCore
import NIOHTTP1

/// Reads what issuers publish over HTTP, and asks their token endpoints. It follows no redirection: keys and endpoints are where
/// the operator or the metadata say.
public enum KeySetClient {
    /// Bytes that an answer may have.
    static let bytesMax = 256 * 1024
    /// In which an answer has to be there, to its last byte.
    static let timeout = Duration.seconds(3)

    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    /// See ``KeySetPlace/Fetch``.
    public static let fetch: KeySetPlace.Fetch = { url in
        let (status, body) = try await answer(to: HTTPClientRequest(url: url))
        guard status == 200 else { throw KeyError("\(url) answers \(status)") }
        return body
    }

    /// See ``OpenIDProvider/Post``.
    public static let post: OpenIDProvider.Post = { url, form, authorization in
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Accept", value: "application/json")
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        request.body = .bytes(ByteBuffer(string: form))
        return try await answer(to: request)
    }

    /// The client's own deadline ends with the head of the answer, and leaves the body as much time as it wants.
    static func answer(
        to request: HTTPClientRequest, within timeout: Duration = timeout
    ) async throws -> (status: UInt, body: [UInt8]) {
        try await withThrowingTaskGroup(of: (status: UInt, body: [UInt8]).self) { group in
            group.addTask {
                let response = try await client.execute(request, deadline: .distantFuture)
                let body = try await response.body.collect(upTo: bytesMax)
                return (response.status.code, Array(body.readableBytesView))
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw KeyError("\(request.url) has not answered within \(timeout)")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }
}
