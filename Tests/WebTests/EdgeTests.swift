import Foundation
import HTTPTypes
import Testing

@testable import HTTPServer
@testable import WebAPI

@Suite("What every answer leaves with, and what every request has to come with")
struct EdgeTests {
    private static let shop = "https://shop.example"

    private static func edge() throws -> EdgeHeaders {
        EdgeHeaders(cors: try CORSPolicy(origins: [shop, "http://localhost:3000"]))
    }

    private func exchange(raw text: String, port: Int) async throws -> String {
        try await RawConnection.open(port: port) { session in
            try await session.send(text)
            return try await session.readToEnd()
        }
    }

    @Test("An answer can't be misused by a browser, whether a route, the responder or the connection made it")
    func headers() async throws {
        try await TestServer.run { port in
            for request in [
                "GET /api/v1/shows/s1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                "GET /api/v1/fails HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                "GET\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
            ] {
                let text = try await exchange(raw: request, port: port)
                let answer = try #require(RawResponse.first(of: text)).0
                #expect(answer.headers["x-content-type-options"] == "nosniff", "\(request)")
                #expect(
                    answer.headers["content-security-policy"]
                        == "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                    "\(request)")
                #expect(answer.headers["referrer-policy"] == "no-referrer", "\(request)")
                #expect(answer.headers["strict-transport-security"] == nil, "only over TLS")
                #expect(answer.headers["vary"] == nil && answer.headers["access-control-allow-origin"] == nil)
                let caching = answer.status == 200 ? "private, no-store" : "no-store"
                #expect(answer.headers["cache-control"] == caching, "\(request)")
            }
            let document = try await WebTests.exchange(port: port, "GET", "/openapi.yaml")
            #expect(document.headers["cache-control"] == "no-cache", "what says so may be kept")
        }
    }

    // MARK: Other origins

    @Test("A page of a listed origin may ask for every route, and read what it is told")
    func preflight() async throws {
        try await TestServer.run(edge: try Self.edge()) { port in
            let asks = ["Origin: \(Self.shop)", "Access-Control-Request-Method: POST"]
            for (path, methods) in [("/api/v1/orders", "POST"), ("/api/v1/shows/s1", "GET, HEAD")] {
                let answer = try await WebTests.exchange(port: port, "OPTIONS", path, headers: asks)
                #expect(answer.status == 204)
                #expect(answer.headers["access-control-allow-origin"] == Self.shop)
                #expect(answer.headers["access-control-allow-credentials"] == "true")
                #expect(answer.headers["access-control-allow-methods"] == methods)
                #expect(answer.headers["access-control-max-age"] == "7200")
                #expect(answer.headers["access-control-allow-headers"]?.contains("Idempotency-Key") == true)
            }
            #expect(try await WebTests.exchange(port: port, "OPTIONS", "/nowhere", headers: asks).status == 404)

            for path in ["/api/v1/shows/s1", "/nowhere"] {
                let answer = try await WebTests.exchange(port: port, "GET", path, headers: ["Origin: \(Self.shop)"])
                #expect(answer.headers["access-control-allow-origin"] == Self.shop)
                #expect(answer.headers["access-control-expose-headers"]?.contains("Retry-After") == true)
                #expect(answer.headers["vary"] == "Origin")
            }
        }
    }

    @Test(
        "A page of another origin is told nothing, and caches learn why",
        arguments: [nil, "https://else.example", "null"])
    func otherOrigins(origin: String?) async throws {
        try await TestServer.run(edge: try Self.edge()) { port in
            let headers = origin.map { ["Origin: \($0)"] } ?? []
            for (method, status) in [("GET", 200), ("OPTIONS", 405)] {
                let answer = try await WebTests.exchange(
                    port: port, method, "/api/v1/shows/s1", headers: headers + ["Access-Control-Request-Method: GET"])
                #expect(answer.status == status)
                #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control-") })
                #expect(answer.headers["vary"] == "Origin")
            }
        }
    }

    @Test(
        "What a browser would never send is no origin",
        arguments: [
            "*", "null", "", "shop.example", "https://shop.example/", "https://Shop.example", "HTTPS://shop.example",
            "https://shop.example:443", "http://shop.example:80", "ftp://shop.example", "https://a@shop.example",
            "https://shop.example?x", "https://", "https://*.example",
        ])
    func noOrigin(text: String) {
        if text == "https://*.example" {
            // A host as any other, which no browser has; it lets nobody in.
            #expect((try? CORSPolicy(origins: [text]))?.allows("https://a.example") != true)
        } else {
            #expect(throws: CORSPolicy.InvalidOrigin.self, "\(text)") { try CORSPolicy(origins: [text]) }
        }
    }

    @Test("Pages may send every header that a call takes, and read every header that an answer has")
    func documentedHeaders() throws {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Web/WebAPI/openapi.yaml")
        let lines = try String(contentsOf: source, encoding: .utf8).components(separatedBy: "\n")
        let allowed = Set(CORSPolicy.requestHeaders.components(separatedBy: ", "))
        let exposed = Set(CORSPolicy.exposedHeaders.components(separatedBy: ", "))
        for (line, next) in zip(lines, lines.dropFirst()) where line.hasPrefix("      name: ") {
            guard next == "      in: header" else { continue }
            let name = String(line.dropFirst("      name: ".count))
            #expect(allowed.contains(name), "\(name) is a parameter")
        }
        // What any page may read, and what a browser keeps for itself.
        let readByAll: Set = ["Cache-Control", "Content-Length", "Content-Type", "Set-Cookie", "Allow"]
        for name in Set(
            lines.filter { $0.contains("#/components/headers/") }.map { line in
                line.trimmingCharacters(in: .whitespaces).prefix { $0 != ":" }
            }) where !readByAll.contains(String(name))
        {
            #expect(exposed.contains(String(name)), "\(name) is a header of an answer")
        }
    }

    // MARK: Hosts and versions

    @Test("A host is a name or an address")
    func hosts() {
        for text in [
            "x", "localhost:8080", "api.shop.example", "a_b", "127.0.0.1:1", "[::1]", "[::1]:80",
            "xn--bcher-kva.example",
            "x:", "%41",
        ] {
            #expect(RequestHost.isHost(text), "\(text)")
        }
        for text in [
            "", ":80", "a b", "a,b", "a:b", "a:123456", "a/b", "a@b", "[::1", "::1", "[]", "[x]", "[::1]x", "ä", "a\"",
            String(repeating: "a", count: 256),
        ] {
            #expect(!RequestHost.isHost(text), "\(text)")
        }
        #expect(RequestHost.isClear("a", others: ["a"], isStream: true, isOld: false))
        #expect(!RequestHost.isClear("a", others: ["b"], isStream: true, isOld: false))
        #expect(!RequestHost.isClear("a", others: ["a"], isStream: false, isOld: false))
        #expect(RequestHost.isClear(nil, others: ["a"], isStream: true, isOld: false))
        #expect(!RequestHost.isClear(nil, others: [], isStream: true, isOld: false))
    }

    @Test(
        "A request that does not name its host once is refused, after those before it are answered",
        arguments: ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host:\r\n", "Host: a\r\nhost: b\r\n"])
    func unclearHost(lines: String) async throws {
        try await TestServer.run { port in
            let good = "GET /api/v1/shows/s1 HTTP/1.1\r\nHost: x\r\n\r\n"
            let bad = "POST /api/v1/orders HTTP/1.1\r\n\(lines)Content-Length: 12\r\n\r\n{\"seats\":[]}"
            let text = try await exchange(raw: good + bad + good, port: port)
            let (first, rest) = try #require(RawResponse.first(of: text))
            #expect(first.status == 200)
            let (second, none) = try #require(RawResponse.first(of: rest))
            #expect(second.status == 400 && second.code == "invalid-request")
            #expect(second.headers["connection"] == "close")
            #expect(none.isEmpty, "nothing that follows is done")
        }
    }

    @Test("A caller of HTTP/1.0 is answered in its version, to the end of the connection")
    func oldVersion() async throws {
        try await TestServer.run { port in
            for headers in ["", "Host: x\r\n", "Connection: keep-alive\r\n", "Expect: 100-continue\r\n"] {
                for (path, body) in [("/api/v1/shows/s1", #"{"showId":"s1"}"#), ("/api/v1/parts", "one two ")] {
                    let text = try await exchange(
                        raw: "GET \(path) HTTP/1.0\r\n\(headers)\r\nGET /api/v1/shows/s2 HTTP/1.0\r\n\r\n", port: port)
                    #expect(text.hasPrefix("HTTP/1.0 200 OK\r\n"), "\(text)")
                    #expect(text.lowercased().contains("\r\nconnection: close\r\n"))
                    #expect(!text.lowercased().contains("transfer-encoding"))
                    #expect(text.hasSuffix("\r\n\r\n\(body)"), "\(text)")
                }
            }
            let framedTwice = try await exchange(
                raw: "POST /api/v1/orders HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", port: port)
            #expect(framedTwice.hasPrefix("HTTP/1.0 400"), "\(framedTwice)")
            let doubled = try await exchange(raw: "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", port: port)
            #expect(doubled.hasPrefix("HTTP/1.0 400"), "\(doubled)")
            let parts = try await exchange(
                raw: "GET /api/v1/parts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
            #expect(parts.hasPrefix("HTTP/1.1 200") && parts.lowercased().contains("transfer-encoding: chunked"))
        }
    }
}
