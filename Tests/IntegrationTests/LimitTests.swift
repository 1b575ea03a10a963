import Testing

extension OneCluster {
    /// What one caller may take of a node; it serves the others meanwhile.
    @Suite("Limits")
    struct LimitTests {
        let shared = SharedCluster.current

        private func head(_ token: String, _ more: String...) -> [String] {
            [
                "POST /api/v1/shows/x/holds HTTP/1.1", "Authorization: Bearer \(token)",
                "Idempotency-Key: \(String.random)",
                "Content-Type: application/json",
            ] + more
        }

        @Test("600 KB for a hold are a 413, announced or not, and the node hangs up rather than read on")
        func largeBody() async throws {
            let token = try await shared.cluster.tokens.user("ivan")
            let chunk = String(repeating: " ", count: 60_000)
            for framing in ["Content-Length: 600000", "Transfer-Encoding: chunked"] {
                let text = try await RawConnection.open(to: shared.a) { connection in
                    try await connection.send(head(token, framing))
                    do {
                        for _ in 0..<10 {
                            try await connection.send(
                                framing.hasPrefix("C") ? chunk : "ea60\r\n\(chunk)\r\n")
                        }
                        if framing.hasPrefix("T") { try await connection.send("0\r\n\r\n") }
                    } catch {
                        // Hung up on while still sending: the answer is there all the same.
                    }
                    return try await connection.readAnswer()
                }
                #expect(text.hasPrefix("HTTP/1.1 413"), "\(framing): \(text.prefix(300))")
                #expect(text.contains("body-too-large"))
            }
        }

        @Test("A body that comes by drips is a 408 after its time, and others are served meanwhile")
        func slowBody() async throws {
            let token = try await shared.cluster.tokens.user("judy")
            async let slow = RawConnection.open(to: shared.a) { connection in
                try await connection.send(head(token, "Content-Length: 1000"))
                for _ in 0..<30 {
                    do { try await connection.send("{") } catch { break }
                    try await Task.sleep(for: .milliseconds(500))
                }
                return try await connection.readToEnd()
            }
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            #expect(try await user.post("/api/v1/shows/\(show)/holds", Hold.best(1)).status == 201)
            let answer = try await slow
            #expect(answer.hasPrefix("HTTP/1.1 408"), "\(answer.prefix(300))")
            #expect(answer.contains("request-timeout"))
        }

        @Test("Headers that are too large, too many or never end are a 431, 400 or 408")
        func headers() async throws {
            let large = try await RawConnection.exchange(
                with: shared.a, "GET /health/live HTTP/1.1", "X-Large: \(String(repeating: "x", count: 20_000))")
            #expect(large.hasPrefix("HTTP/1.1 431"), "\(large.prefix(200))")
            let many = try await RawConnection.open(to: shared.a) { connection in
                try await connection.send(["GET /health/live HTTP/1.1"] + (0..<500).map { "X-\($0): y" })
                return try await connection.readAnswer()
            }
            #expect(many.hasPrefix("HTTP/1.1 431"), "\(many.prefix(200))")
            let path = try await RawConnection.exchange(
                with: shared.a, "GET /\(String(repeating: "p", count: 20_000)) HTTP/1.1")
            #expect(path.hasPrefix("HTTP/1.1 431") || path.hasPrefix("HTTP/1.1 414"), "\(path.prefix(200))")
            let endless = try await RawConnection.open(to: shared.a) { connection in
                try await connection.send("GET /health/live HTTP/1.1\r\nX-A: b\r\n")
                return try await connection.readToEnd()
            }
            #expect(endless.hasPrefix("HTTP/1.1 408"), "\(endless.prefix(200))")
        }

        @Test("After a refused request the connection serves the next one, if its body was read")
        func reuse() async throws {
            let token = try await shared.cluster.tokens.user("kim")
            try await RawConnection.open(to: shared.a) { connection in
                for body in ["{", "[]", "{\"quantity\":-1}", "nonsense"] {
                    try await connection.send(head(token, "Content-Length: \(body.utf8.count)"))
                    try await connection.send(body)
                    #expect(try await connection.readAnswer().hasPrefix("HTTP/1.1 400"), "\(body)")
                }
                try await connection.send(["GET /health/live HTTP/1.1"])
                #expect(try await connection.readAnswer().hasPrefix("HTTP/1.1 200"))
            }
        }

        @Test("What is not HTTP is answered and hung up on")
        func garbage() async throws {
            for bytes in [
                "\u{16}\u{3}\u{1}\u{2}\u{0}", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\r\n\r\n\r\nhello\r\n\r\n",
            ] {
                let answer = try await RawConnection.open(to: shared.replica) { connection in
                    try await connection.send(bytes)
                    return try await connection.readToEnd()
                }
                #expect(
                    answer.isEmpty || answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 505"),
                    "\(answer.prefix(200))")
            }
            #expect(try await Caller(node: shared.replica).get("/health/live").status == 200)
        }
    }
}
