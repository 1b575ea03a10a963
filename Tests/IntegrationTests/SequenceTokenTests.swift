import Testing

extension OneCluster {
    @Suite("Sequence tokens")
    struct SequenceTokenTests {
        let shared = SharedCluster.current

        private func paths(_ show: String) -> [String] {
            ["/api/v1/me/holds", "/api/v1/shows", "/api/v1/shows/\(show)", "/api/v1/shows/\(show)/availability"]
        }

        @Test(
            "A malformed token is a 400",
            arguments: [
                "", "x", "1", "1.", ".1", "1.2.3", "-1.5", "1.-5", "+1.5", "01.5", "1.05", "0.5", "1.5 ", "1,5", "HEAD",
                "1.9223372036854775808", "9223372036854775808.1", "１.５", "1.5\u{202E}",
                String(repeating: "1", count: 5000),
            ])
        func malformed(token: String) async throws {
            let user = try await shared.cluster.user(at: shared.replica)
            let show = try await shared.cluster.create(at: shared.a)
            for path in paths(show) {
                let answer = try await user.get(path, headers: ["Last-Seen-Sequence": token])
                // Spaces around a header's value are no part of it.
                if token == "1.5 " {
                    #expect(answer.status == 200 || answer.code == "sequence-ahead-of-log", "\(answer)")
                } else {
                    #expect(answer.status == 400, "\(answer)")
                    #expect(answer.code == "invalid-sequence", "\(answer)")
                }
            }
        }

        @Test("A token far ahead of the log is a 400 that says so, at once; the same as a cookie is taken back")
        func ahead() async throws {
            let show = try await shared.cluster.create(at: shared.a)
            let user = try await shared.cluster.user(at: shared.replica)
            let started = ContinuousClock.now
            for token in ["1.9223372036854775807", "1.999999999", "2.1", "9223372036854775807.1"] {
                for path in paths(show) {
                    for headers in [["Last-Seen-Sequence": token], ["Cookie": "Last-Seen-Sequence=\(token)"]] {
                        let answer = try await user.get(path, headers: headers)
                        #expect(answer.status == 400, "\(token): \(answer)")
                        #expect(answer.code == "sequence-ahead-of-log", "\(token): \(answer)")
                        #expect(answer.clearsCookie == (headers["Cookie"] != nil))
                    }
                }
            }
            #expect(.now - started < .seconds(10))
        }

        @Test("A cookie that is no token is a 400 and taken back; other cookies are nobody's business")
        func cookies() async throws {
            let user = try await shared.cluster.user(at: shared.replica)
            let bad = try await user.get("/api/v1/me/holds", headers: ["Cookie": "a=b; Last-Seen-Sequence=junk; c=d"])
            #expect(bad.status == 400, "\(bad)")
            #expect(bad.clearsCookie)
            let others = try await user.get(
                "/api/v1/me/holds", headers: ["Cookie": "X-Last-Seen-Sequence=junk; session=1.99"])
            #expect(others.status == 200, "\(others)")
        }

        @Test("Every answer has a token and the cookie, and a session never goes back in time across replicas")
        func sessions() async throws {
            let show = try await shared.cluster.create(SampleShow(rows: 10), at: shared.a)
            let user = try await shared.cluster.user(at: shared.a)
            let writer = Task {
                var sequence = ""
                for _ in 0..<60 {
                    let answer = try await user.post("/api/v1/shows/\(show)/holds", Hold.best(1))
                    sequence = answer.sequence ?? ""
                }
                return sequence
            }
            var cookie: String?
            var last: Int64 = 0
            for index in 0..<90 {
                let node = shared.nodes[index % 3]
                let answer = try await Caller(node: node).get(
                    "/api/v1/shows/\(show)/availability", headers: cookie.map { ["Cookie": $0] } ?? [:])
                // Without a token the first reads may be of a replica that has not heard of the show.
                if cookie == nil && answer.status == 404 { continue }
                #expect(answer.status == 200, "\(answer)")
                let now = try position(of: answer.sequence)
                #expect(now >= last)
                last = now
                cookie = answer.cookie ?? cookie
            }
            let final = try await writer.value
            let all = try await Caller(node: shared.replica).get(
                "/api/v1/shows/\(show)", headers: ["Last-Seen-Sequence": final])
            #expect(all.json["held"] == 60)
        }

        @Test(
            "The wait is bounded by what the caller prefers, and by ten seconds",
            arguments: ["wait=0", "wait=1", "wait=x"])
        func preference(prefer: String) async throws {
            let user = try await shared.cluster.user(at: shared.replica)
            let answer = try await user.get(
                "/api/v1/me/holds", headers: ["Last-Seen-Sequence": "head", "Prefer": prefer])
            #expect(answer.status == 200 || answer.code == "replica-behind", "\(answer)")
        }
    }
}
