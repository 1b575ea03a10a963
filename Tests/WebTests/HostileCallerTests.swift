import Foundation
import HTTPServer
import Testing

/// Callers that are slow, greedy or not speaking HTTP, byte by byte over real sockets.
@Suite("Hostile callers")
struct HostileCallerTests {
    private static let slow = TestServer.quickLimits

    @Test("A body that is announced too large is refused before it is sent, and the connection ends")
    func announcedTooLarge() async throws {
        try await TestServer.run(limits: Self.slow) { port in
            try await RawConnection.open(port: port) { session in
                try await session.send("POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
                let response = try await session.readResponse()
                #expect(response.status == 413)
                #expect(response.code == "body-too-large")
                #expect(response.body.contains(#""limit":4096"#))
                #expect(response.headers["connection"] == "close")
                #expect(try await session.readToEnd() == "")
            }
        }
    }

    @Test("A body that turns out too large is refused, and read on only for so long")
    func chunkedTooLarge() async throws {
        var limits = Self.slow
        limits.lingerTimeout = .seconds(30)
        try await TestServer.run(limits: limits) { port in
            try await RawConnection.open(port: port) { session in
                try await session.send("POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                try await session.send(
                    "1000\r\n\(String(repeating: " ", count: 4096))\r\n10\r\n\(String(repeating: " ", count: 16))\r\n")
                let response = try await session.readResponse()
                #expect(response.code == "body-too-large")
                // Its end is waited for, so that the caller can read the answer; then the connection closes at once.
                try await session.send("5\r\nhello\r\n0\r\n\r\n")
                #expect(try await session.readToEnd() == "")
            }
        }
    }

    @Test("An answer to an unread body does not keep the connection reading for ever")
    func unreadBody() async throws {
        try await TestServer.run(limits: Self.slow) { port in
            try await RawConnection.open(port: port) { session in
                try await session.send("POST /api/v1/unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
                let response = try await session.readResponse()
                #expect(response.status == 200)
                #expect(response.headers["connection"] == "close")
                #expect(try await session.readToEnd() == "")
            }
            // One that is there already costs nothing.
            try await RawConnection.open(port: port) { session in
                for _ in 0..<2 {
                    try await session.send("POST /api/v1/unread HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
                    let response = try await session.readResponse()
                    #expect(response.headers["connection"] == nil)
                }
            }
        }
    }

    @Test("A body that drips, or stops half-way, is answered with 408 within the deadline")
    func drippingBody() async throws {
        try await TestServer.run(limits: Self.slow) { port in
            try await RawConnection.open(port: port) { session in
                try await session.send("POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
                let response = try await session.readResponse()
                #expect(response.status == 408)
                #expect(response.code == "request-timeout")
                #expect(try await session.readToEnd() == "")
            }
            let elapsed = try await ContinuousClock().measure {
                try await RawConnection.open(port: port) { session in
                    let outbound = session.outbound
                    try await session.send("POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n")
                    try await withThrowingTaskGroup { group in
                        group.addTask { await drip(outbound, "1", every: .milliseconds(20)) }
                        let all = try await session.readToEnd()
                        #expect(all.hasPrefix("HTTP/1.1 408"))
                        group.cancelAll()
                    }
                }
            }
            #expect(elapsed < .seconds(3))
        }
    }

    @Test("Headers that drip are answered with 408 within the deadline, on a new connection and on a used one")
    func drippingHeaders() async throws {
        try await TestServer.run(limits: Self.slow) { port in
            for used in [false, true] {
                let elapsed = try await ContinuousClock().measure {
                    try await RawConnection.open(port: port) { session in
                        if used {
                            try await session.send("GET /api/v1/shows/s1 HTTP/1.1\r\nHost: x\r\n\r\n")
                            #expect(try await session.readResponse().status == 200)
                        }
                        let outbound = session.outbound
                        try await session.send("GET /api/v1/shows/s1 HTTP/1.1\r\n")
                        try await withThrowingTaskGroup { group in
                            group.addTask { await drip(outbound, "X-A: b\r\n", every: .milliseconds(20)) }
                            let all = try await session.readToEnd()
                            #expect(all.hasPrefix("HTTP/1.1 408"), "\(all)")
                            #expect(all.contains(#""code":"request-timeout""#))
                            group.cancelAll()
                        }
                    }
                }
                #expect(elapsed < .seconds(3))
            }
        }
    }

    @Test("A connection that says nothing is closed")
    func silence() async throws {
        try await TestServer.run(limits: Self.slow) { port in
            try await RawConnection.open(port: port) { session in
                let all = try await session.readToEnd()
                #expect(all == "")
            }
            try await RawConnection.open(port: port) { session in
                try await session.send("GET /api/v1/shows/s1 HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await session.readResponse().status == 200)
                #expect(try await session.readToEnd() == "")
            }
        }
    }

    @Test("A caller that does not read its answer is cut off")
    func unreadAnswer() async throws {
        try await TestServer.run(limits: Self.slow) { port in
            try await RawConnection.open(port: port) { session in
                try await session.send("GET /api/v1/large HTTP/1.1\r\nHost: x\r\n\r\n")
                // Longer than the deadline without reading; what was buffered by then is all there is.
                try await Task.sleep(for: .seconds(1))
                #expect(try await session.readToEnd().utf8.count < 64 << 20)
            }
        }
    }

    @Test(
        "Bytes that are no HTTP get a problem document and the door",
        arguments: [
            (Malformed("binary", "\0\u{1}\u{2}\r\n\r\n"), 400), (Malformed("half a line", "GET\r\n\r\n"), 400),
            (Malformed("HTTP/9.9", "GET / HTTP/9.9\r\n\r\n"), 400),
            (Malformed("a header without a colon", "GET / HTTP/1.1\r\nbad header\r\n\r\n"), 400),
            (Malformed("a negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400),
            (Malformed("two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400),
            (
                Malformed(
                    "length and chunks", "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
                400
            ),
            (
                Malformed(
                    "a bad chunk",
                    "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense"),
                400
            ),
            (Malformed("a long path", "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\n\r\n"), 431),
            (Malformed("a long header", "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 9000))\r\n\r\n"), 431),
            (Malformed("many headers", "GET / HTTP/1.1\r\n\(String(repeating: "X-A: b\r\n", count: 200))\r\n"), 431),
            (
                Malformed(
                    "large headers",
                    "GET / HTTP/1.1\r\n\(String(repeating: "X-A: \(String(repeating: "b", count: 400))\r\n", count: 60))\r\n"
                ),
                431
            ),
        ] as [(Malformed, Int)])
    func malformed(_ bytes: Malformed, _ status: Int) async throws {
        try await TestServer.run(limits: Self.slow) { port in
            try await RawConnection.open(port: port) { session in
                try await session.send(bytes.text)
                let response = try await session.readResponse()
                #expect(response.status == status)
                #expect(response.code == (status == 431 ? "request-headers-too-large" : "invalid-request"))
                #expect(response.headers["connection"] == "close")
                #expect(try await session.readToEnd() == "")
            }
            #expect(try await exchange(port: port, "GET", "/api/v1/shows/s1").status == 200)
        }
    }

    @Test("Pipelined requests are answered in order, and garbage behind them ends the connection")
    func pipelining() async throws {
        try await TestServer.run(limits: Self.slow) { port in
            try await RawConnection.open(port: port) { session in
                let requests = (1...20).map { "GET /api/v1/shows/s\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }
                try await session.send(requests.joined() + "garbage\r\n\r\n")
                for number in 1...20 { #expect(try await session.readResponse().body == "{\"showId\":\"s\(number)\"}") }
                #expect(try await session.readToEnd().hasPrefix("HTTP/1.1 400"))
            }
        }
    }

    @Test("What two readers could take for two requests is refused, and the connection ends")
    func smuggling() async throws {
        try await TestServer.run(limits: TestServer.quickLimits) { port in
            for headers in [
                "Content-Length: 4\r\nTransfer-Encoding: chunked", "Content-Length: 0\r\nContent-Length: 1",
                "Content-Length: +1", "Content-Length: 1, 1", "Transfer-Encoding: chunked, identity", "X : y",
                "X: y\r\n z", "X: a\u{0}b",
            ] {
                try await RawConnection.open(port: port) { session in
                    try await session.send(
                        "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n\(headers)\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"
                    )
                    let response = try await session.readResponse()
                    #expect(response.status == 400, "\(headers)")
                    #expect(try await session.readToEnd() == "", "\(headers)")
                }
            }
            let trace = try await exchange(port: port, "TRACE", "/api/v1/orders")
            #expect(trace.status == 405)
        }
    }

    @Test("What follows an upgrade or CONNECT is not read into memory")
    func upgrade() async throws {
        try await TestServer.run(limits: Self.slow) { port in
            try await RawConnection.open(port: port) { session in
                try await session.send(
                    "GET /api/v1/shows/s1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
                let response = try await session.readResponse()
                #expect(response.status == 200)
                #expect(response.headers["connection"] == "close")
                #expect(try await session.readToEnd() == "")
            }
            try await RawConnection.open(port: port) { session in
                try await session.send("CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await session.readResponse().code != nil)
                #expect(try await session.readToEnd() == "")
            }
        }
    }

    @Test("Connections beyond the limit wait until another closes")
    func connections() async throws {
        var limits = Self.slow
        limits.connectionsMax = 2
        limits.idleTimeout = .milliseconds(500)
        try await TestServer.run(limits: limits) { port in
            // Each holds its place until it is closed for being idle; all get served in the end.
            try await withThrowingTaskGroup { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await RawConnection.open(port: port) { session in
                            try await session.send("GET /api/v1/shows/s1 HTTP/1.1\r\nHost: x\r\n\r\n")
                            #expect(try await session.readResponse().status == 200)
                            #expect(try await session.readToEnd() == "")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

/// Bytes for a test, with a name for its report.
struct Malformed: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var text: String

    init(_ name: String, _ text: String) {
        testDescription = name
        self.text = text
    }
}
