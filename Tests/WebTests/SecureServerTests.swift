import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import RateLimits
import Testing

@testable import HTTPServer
@testable import WebAPI

@Suite("The server over TLS")
struct SecureServerTests {
    private func withIdentity(_ body: (TLSIdentity) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let identity = TLSIdentity(
            certificateChainPath: folder.appending(path: "certificate.pem").path,
            privateKeyPath: folder.appending(path: "key.pem").path)
        do {
            try Data(Self.certificate.utf8).write(to: URL(filePath: identity.certificateChainPath))
            try Data(Self.key.utf8).write(to: URL(filePath: identity.privateKeyPath))
            try await body(identity)
            try FileManager.default.removeItem(at: folder)
        } catch {
            try FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    private func withClient(
        _ version: HTTPClient.Configuration.HTTPVersion, ciphers: [NIOTLSCipher]? = nil,
        _ body: (HTTPClient) async throws -> Void
    ) async throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let ciphers {
            tls.maximumTLSVersion = .tlsv12
            tls.cipherSuiteValues = ciphers
        }
        tls.certificateVerification = .none
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = version
        let client = HTTPClient(configuration: configuration)
        do {
            try await body(client)
            try await client.shutdown()
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test("Requests over a limit are refused on every stream alike")
    func rateLimits() async throws {
        let authenticator = try Forge().authenticator()
        let limits = RequestLimits(
            try RateRules(perMinute: ["read=3"], multiples: ["read=1"]), limiter: RateLimiter(keysMax: 100),
            authenticator: authenticator, now: { 0 })
        try await withIdentity { identity in
            try await TestServer.run(tls: identity, requestLimits: limits) { port in
                try await withClient(.automatic) { client in
                    for number in 0..<5 {
                        let request = HTTPClientRequest(url: "https://127.0.0.1:\(port)/api/v1/shows/s")
                        let response = try await client.execute(request, timeout: .seconds(10))
                        #expect(response.version == .http2)
                        #expect(response.status.code == (number < 3 ? 200 : 429))
                        #expect(response.headers.first(name: "ratelimit-policy") == #""read-address";q=3;w=60"#)
                    }
                }
            }
        }
    }

    @Test("With TLS 1.2, authenticated encryption alone is taken")
    func ciphers() async throws {
        try await withIdentity { identity in
            try await TestServer.run(tls: identity) { port in
                func ask(_ ciphers: [NIOTLSCipher]) async throws {
                    try await withClient(.http1Only, ciphers: ciphers) { client in
                        let request = HTTPClientRequest(url: "https://127.0.0.1:\(port)/api/v1/shows/s")
                        let response = try await client.execute(request, timeout: .seconds(10))
                        #expect(response.status == .ok)
                    }
                }
                try await ask([.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256])
                await #expect(throws: (any Error).self) {
                    try await ask([.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA])
                }
            }
        }
    }

    @Test("HTTP/2 and HTTP/1.1 are both spoken")
    func versions() async throws {
        try await withIdentity { identity in
            try await TestServer.run(tls: identity) { port in
                for (version, expected) in [
                    (HTTPClient.Configuration.HTTPVersion.automatic, "HTTP/2"), (.http1Only, "HTTP/1.1"),
                ] {
                    try await withClient(version) { client in
                        for _ in 0..<3 {
                            var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)/api/v1/orders")
                            request.method = .POST
                            request.headers.add(name: "content-type", value: "application/json")
                            request.body = .bytes(ByteBuffer(string: #"{"seats":["a"]}"#))
                            let response = try await client.execute(request, timeout: .seconds(10))
                            #expect(response.version.description == "\(expected)\(expected == "HTTP/2" ? ".0" : "")")
                            #expect(response.status == .created)
                            let body = try await response.body.collect(upTo: 1000)
                            #expect(String(buffer: body) == #"{"seats":1}"#)
                        }
                        let missing = try await client.execute(
                            HTTPClientRequest(url: "https://127.0.0.1:\(port)/nowhere"), timeout: .seconds(10))
                        #expect(missing.headers.first(name: "content-type") == "application/problem+json")
                    }
                }
            }
        }
    }

    @Test("HTTP/2 has the limits on headers that HTTP/1.1 has, and browsers are told to stay with TLS")
    func headers() async throws {
        try await withIdentity { identity in
            try await TestServer.run(tls: identity, edge: EdgeHeaders(isSecure: true)) { port in
                let many = (0..<101).map { ("x-\($0)", "") }
                let long = [("x", String(repeating: "a", count: 9_000))]
                for version in [HTTPClient.Configuration.HTTPVersion.automatic, .http1Only] {
                    try await withClient(version) { client in
                        for (fields, status) in [
                            ([], HTTPResponseStatus.ok), (many, .requestHeaderFieldsTooLarge),
                            (long, .requestHeaderFieldsTooLarge),
                        ] {
                            var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)/api/v1/shows/s1")
                            for (name, value) in fields { request.headers.add(name: name, value: value) }
                            let response = try await client.execute(request, timeout: .seconds(10))
                            #expect(response.status == status)
                            #expect(
                                response.headers["strict-transport-security"] == ["max-age=31536000; includeSubDomains"]
                            )
                            _ = try await response.body.collect(upTo: 10_000)
                        }
                    }
                }
            }
        }
    }

    @Test("An HTTP/2 body that never ends is answered with 408, and the other streams go on")
    func drippingStream() async throws {
        try await withIdentity { identity in
            try await TestServer.run(limits: TestServer.quickLimits, tls: identity) { port in
                try await withClient(.automatic) { client in
                    var request = HTTPClientRequest(url: "https://127.0.0.1:\(port)/api/v1/orders")
                    request.method = .POST
                    request.body = .stream(Drops(), length: .unknown)
                    let response = try await client.execute(request, timeout: .seconds(10))
                    #expect(response.status == .requestTimeout)
                    let other = try await client.execute(
                        HTTPClientRequest(url: "https://127.0.0.1:\(port)/api/v1/shows/s1"), timeout: .seconds(10))
                    #expect(other.status == .ok)
                }
            }
        }
    }

    @Test("A connection that does not finish its handshake is closed")
    func handshake() async throws {
        try await withIdentity { identity in
            try await TestServer.run(limits: TestServer.quickLimits, tls: identity) { port in
                for start in ["", "\u{16}\u{3}\u{1}"] {
                    try await RawConnection.open(port: port) { session in
                        if !start.isEmpty { try await session.send(start) }
                        #expect(try await session.readToEnd() == "")
                    }
                }
            }
        }
    }

    @Test("An HTTP/2 connection without a stream is closed, whether or not its client agrees")
    func silentStreamless() async throws {
        try await withIdentity { identity in
            try await TestServer.run(limits: TestServer.quickLimits, tls: identity) { port in
                var configuration = TLSConfiguration.makeClientConfiguration()
                configuration.certificateVerification = .none
                configuration.applicationProtocols = ["h2"]
                let context = try NIOSSLContext(configuration: configuration)
                let tls: @Sendable () throws -> NIOSSLClientHandler = {
                    try NIOSSLClientHandler(context: context, serverHostname: nil)
                }
                try await RawConnection.open(port: port, tls: tls) { session in
                    // The preface and an empty SETTINGS frame, and then not another word: no answer to the server's ping.
                    try await session.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0")
                    let elapsed = try await ContinuousClock().measure { _ = try await session.readToEnd() }
                    #expect(elapsed < .seconds(4))
                }
            }
        }
    }

    /// A body of one byte every fifty milliseconds.
    private struct Drops: AsyncSequence, Sendable {
        struct AsyncIterator: AsyncIteratorProtocol {
            mutating func next() async throws -> ByteBuffer? {
                try await Task.sleep(for: .milliseconds(50))
                return ByteBuffer(string: " ")
            }
        }
        func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
    }

    // For these tests only, self-signed for localhost until 2125.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUAmqRqX1Ya1Kq0VdxCb3Ikbnmvd8wCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA1NTQxN1oYDzIxMjYxMDI4
        MDU1NDE3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAART0oZ4d7jvd8mf50NQhpPjJE6DA7g/rIyY/VD/DMmFW5Nnqx+euEqC
        wjQmpDj4bmcBAWWCQGFLzPp8jJ5byTGSo28wbTAdBgNVHQ4EFgQUkQ2wC37i3bEK
        WuOiCrbNTpc7SAcwHwYDVR0jBBgwFoAUkQ2wC37i3bEKWuOiCrbNTpc7SAcwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIhAK1d99c48oVJCWn068rPnP5T4cx5rMqUQabJ+8VOfeJLAiBP
        ZLfKmLV23XxCpD/NZ1SBhHGaLcH8XMSqWdh5sTwEWA==
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk6aO14RIJYndAd1J
        kaz8UHt/gLG6t3qffXZbXde8FC6hRANCAART0oZ4d7jvd8mf50NQhpPjJE6DA7g/
        rIyY/VD/DMmFW5Nnqx+euEqCwjQmpDj4bmcBAWWCQGFLzPp8jJ5byTGS
        -----END PRIVATE KEY-----
        """
}
