import AsyncHTTPClient
import Identity
import NIOCore
import NIOHTTP1

/// Reads what issuers publish over HTTP. It follows no redirection: the keys are where the operator or the metadata say.
public enum KeySetClient {
    /// Bytes that metadata or a JWK Set may have.
    static let bytesMax = 256 * 1024
    static let timeout = TimeAmount.seconds(3)

    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    /// See ``KeySetPlace/Fetch``.
    public static let fetch: KeySetPlace.Fetch = { url in
        let response = try await client.execute(HTTPClientRequest(url: url), timeout: timeout)
        guard response.status == .ok else { throw KeyError("\(url) answers \(response.status.code)") }
        return Array(try await response.body.collect(upTo: bytesMax).readableBytesView)
    }
}
