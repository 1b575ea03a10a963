import Foundation
import Testing

@testable import WebAPI

/// Against a real server over real sockets.
@Suite("The server")
struct ServerTests {
    @Test("A good request gets its answer, with the token for programs and browsers")
    func good() async throws {
        try await TestServer.run { port in
            let response = try await exchange(
                port: port, "POST", "/api/v1/orders", headers: ["Content-Type: application/json"],
                body: #"{"seats":["a","b"]}"#)
            #expect(response.status == 201)
            #expect(response.body == #"{"seats":2}"#)
            #expect(response.headers["content-type"] == "application/json")
            #expect(response.headers["sequence"] == "1.42")
            #expect(response.headers["set-cookie"] == "Last-Seen-Sequence=1.42; Path=/; SameSite=Lax; HttpOnly")
            #expect(response.headers["date"] != nil)
        }
    }

    @Test("Every error is a problem document, the framework's own and thrown ones too")
    func problems() async throws {
        try await TestServer.run { port in
            let missing = try await exchange(port: port, "GET", "/nowhere")
            #expect(missing.status == 404)
            #expect(missing.code == "not-found")
            #expect(missing.body.contains(#""instance":"/nowhere""#))
            #expect(missing.headers["x-request-id"]?.isEmpty == false)
            #expect(missing.headers["cache-control"] == "no-store")

            let wrongMethod = try await exchange(port: port, "DELETE", "/api/v1/shows/s1")
            #expect(wrongMethod.status == 405)
            #expect(wrongMethod.code == "method-not-allowed")
            #expect(wrongMethod.headers["allow"] == "GET, HEAD")
            #expect(try await exchange(port: port, "OPTIONS", "/api/v1/orders").headers["allow"] == "POST")

            let framework = try await exchange(port: port, "GET", "/api/v1/plain")
            #expect(framework.status == 400)
            #expect(framework.code == "invalid-request")

            let behind = try await exchange(port: port, "GET", "/api/v1/behind")
            #expect(behind.status == 503)
            #expect(behind.code == "replica-behind")
            #expect(behind.headers["retry-after"] == "1")
            #expect(behind.headers["sequence"] == "1.7")
            #expect(behind.body.contains(#""position":"1.7""#))
        }
    }

    @Test(
        "A browser's cookie never goes back",
        arguments: [
            ("1.6", "Last-Seen-Sequence=1.7"), ("1.7", "Last-Seen-Sequence=1.7"), ("1.8", nil), ("2.8", nil),
            ("2.7", nil), ("2.1", "Last-Seen-Sequence=1.7"),
            ("nonsense", "Last-Seen-Sequence=1.7"),
        ])
    func cookie(seen: String, set: String?) async throws {
        try await TestServer.run { port in
            let response = try await exchange(
                port: port, "GET", "/api/v1/behind", headers: ["Cookie: a=b; Last-Seen-Sequence=\(seen)"])
            #expect(response.headers["sequence"] == "1.7")
            #expect(response.headers["set-cookie"]?.split(separator: ";").first.map(String.init) == set)
        }
    }

    @Test("An error inside says nothing of the inside")
    func internalErrors() async throws {
        try await TestServer.run { port in
            let response = try await exchange(port: port, "GET", "/api/v1/fails")
            #expect(response.status == 500)
            #expect(response.code == "internal-error")
            #expect(!response.body.contains("hunter2") && !response.body.contains("Secret"))
            let id = try #require(response.headers["x-request-id"])
            #expect(response.body.contains(id))
        }
    }

    @Test("HEAD has the headers and no body, for problems too, so that the next answer is read right")
    func head() async throws {
        try await TestServer.run { port in
            try await RawConnection.open(port: port) { session in
                try await session.send(
                    "HEAD /api/v1/fails HTTP/1.1\r\nHost: x\r\n\r\nGET /api/v1/shows/s1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                )
                let all = try await session.readToEnd()
                let parts = all.components(separatedBy: "\r\n\r\n")
                #expect(parts.count == 3)
                #expect(parts[0].hasPrefix("HTTP/1.1 500"))
                #expect(parts[1].hasPrefix("HTTP/1.1 200"))
                #expect(parts[2] == #"{"showId":"s1"}"#)
            }
        }
    }

    @Test(
        "Ids in a path that can't be ids name nothing",
        arguments: ["a%00b", "%E2%80%8Fab", String(repeating: "a", count: 65), "a%20b", "é"])
    func pathIDs(_ id: String) async throws {
        try await TestServer.run { port in
            let response = try await exchange(port: port, "GET", "/api/v1/shows/\(id)")
            #expect([400, 404].contains(response.status))
            #expect(response.code != nil)
        }
    }

    @Test("An id in a path may be written with escapes")
    func escapedPathID() async throws {
        try await TestServer.run { port in
            let response = try await exchange(port: port, "GET", "/api/v1/shows/s%31%2Fx")
            #expect(response.body == #"{"showId":"s1/x"}"#)
        }
    }

    @Test("Bodies of other types, compressed ones and empty ones are refused; one without a type is taken for JSON")
    func mediaTypes() async throws {
        try await TestServer.run { port in
            let good = [
                "application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\"", nil,
                "application/json; charset=utf8", "application/json; charset=\"UTF8\"",
                "application/json; CHARSET=Utf-8;",
            ]
            for type in good {
                let response = try await post(port, type.map { "Content-Type: \($0)" })
                #expect(response.status == 201, "\(type ?? "no type")")
            }
            for header in [
                "Content-Type: text/plain", "Content-Type: application/json; charset=utf-16", "Content-Type: json",
                "Content-Type: application/json; charset=iso-8859-1", "Content-Type: application/json; charset=",
                "Content-Type: application/json; charset=utf-80", "Content-Type: application/json; x=utf-8",
                "Content-Type: application/x-www-form-urlencoded", "Content-Type: application/jsonx",
                "Content-Type: application/merge-patch+json",
                "Content-Encoding: gzip",
            ] {
                let response = try await post(port, header)
                #expect(response.status == 415 && response.code == "unsupported-media-type", "\(header)")
            }
            let empty = try await exchange(port: port, "POST", "/api/v1/orders", body: "")
            #expect(empty.code == "invalid-json")
            let none = try await exchange(port: port, "POST", "/api/v1/orders")
            #expect(none.code == "invalid-json")
        }
    }

    private func post(_ port: Int, _ header: String?) async throws -> RawResponse {
        try await exchange(
            port: port, "POST", "/api/v1/orders", headers: header.map { [$0] } ?? [], body: #"{"seats":[]}"#)
    }

    @Test("A deep, a huge and a malformed body harm nobody")
    func bodies() async throws {
        try await TestServer.run { port in
            let deep = try await exchange(
                port: port, "POST", "/api/v1/orders", body: String(repeating: "[", count: 4000))
            #expect(deep.code == "invalid-json")
            let malformed = try await exchange(port: port, "POST", "/api/v1/orders", body: #"{"seats":["#)
            #expect(malformed.code == "invalid-json")
            let shape = try await exchange(port: port, "POST", "/api/v1/orders", body: #"{"seats":["a",1]}"#)
            #expect(shape.code == "invalid-request")
            #expect(shape.body.contains("seats[1] must be a string."))
            #expect(try await exchange(port: port, "GET", "/api/v1/shows/s1").status == 200)
        }
    }

    @Test("A caller that waits for a go-ahead gets it")
    func expectContinue() async throws {
        try await TestServer.run { port in
            try await RawConnection.open(port: port) { session in
                try await session.send(
                    "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n")
                #expect(try await session.readResponse().status == 100)
                try await session.send(#"{"seats":[]}"#)
                #expect(try await session.readResponse().status == 201)
            }
        }
    }

    @Test("Requests are counted by route template, never by raw path")
    func metrics() async throws {
        try await TestServer.run { port in
            for number in 0..<3 { _ = try await exchange(port: port, "GET", "/api/v1/shows/secret-\(number)") }
            _ = try await exchange(port: port, "GET", "/unknown/secret-path")
            _ = try await exchange(port: port, "PURGE", "/unknown/secret-path")
            let response = try await exchange(port: port, "GET", "/metrics")
            #expect(response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let text = response.body
            #expect(text.contains(#"http_requests_total{method="GET",route="/api/v1/shows/{id}",status="200"}"#))
            #expect(text.contains(#"http_requests_total{method="any",route="unmatched",status="404"}"#))
            #expect(
                text.contains(
                    #"http_request_duration_seconds_bucket{method="GET",route="/api/v1/shows/{id}",le="0.1"}"#))
            #expect(text.contains("http_requests_in_flight "))
            #expect(!text.contains("secret"))
            let open = try await exchange(
                port: port, "GET", "/metrics", headers: ["Accept: application/openmetrics-text; version=1.0.0"])
            #expect(open.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(open.body.hasSuffix("# EOF\n"))
        }
    }

    @Test("A time has the trace of its caller as an exemplar, if that is recorded, and nothing else of the request")
    func exemplars() async throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let unrecorded = "0af7651916cd43dd8448eb211c80319c"
        try await TestServer.run { port in
            for header in ["00-\(trace)-00f067aa0ba902b7-01", "00-\(unrecorded)-00f067aa0ba902b7-00"] {
                _ = try await exchange(port: port, "GET", "/api/v1/shows/1", headers: ["traceparent: \(header)"])
            }
            let text = try await exchange(
                port: port, "GET", "/metrics", headers: ["Accept: application/openmetrics-text"]
            ).body
            #expect(text.contains(" # {trace_id=\"\(trace)\"} "))
            #expect(!text.contains(unrecorded))
        }
    }

    @Test("However many paths and methods callers make up, there are no more series")
    func cardinality() async throws {
        try await TestServer.run { port in
            func seriesCount() async throws -> Int {
                try await exchange(port: port, "GET", "/metrics").body.split(separator: "\n")
                    .count { $0.hasPrefix("http_request") }
            }
            _ = try await exchange(port: port, "GET", "/made/up")
            _ = try await exchange(port: port, "GET", "/api/v1/shows/0")
            let before = try await seriesCount()
            for number in 0..<50 {
                _ = try await exchange(port: port, "GET", "/made/up/\(number)?q=\(number)")
                _ = try await exchange(port: port, "M\(number)", "/made/up")
                _ = try await exchange(port: port, "GET", "/api/v1/shows/\(number)")
            }
            // Other tests' servers may answer with a status, or on a route, for the first time meanwhile.
            #expect(try await seriesCount() < before + 150)
        }
    }

    @Test("Tokens are asked for, checked and believed where the API says so")
    func authentication() async throws {
        let forge = Forge()
        let authenticator = try forge.authenticator()
        let user = try forge.token(Forge.good)
        let admin = try forge.token(#"{"sub":"root","role":"admin","exp":1800000600}"#)
        let expired = try forge.token(#"{"sub":"alice","exp":1}"#)
        try await TestServer.run(authenticator: authenticator) { port in
            let none = try await exchange(port: port, "GET", "/api/v1/me")
            #expect(none.status == 401)
            #expect(none.code == "unauthenticated")
            #expect(none.headers["www-authenticate"] == #"Bearer realm="holdfast""#)
            let bad = try await exchange(port: port, "GET", "/api/v1/me", headers: ["Authorization: Bearer \(expired)"])
            #expect(bad.status == 401)
            #expect(bad.headers["www-authenticate"]?.contains(#"error="invalid_token""#) == true)
            #expect(bad.body.contains("The token has expired."))
            let alice = try await exchange(port: port, "GET", "/api/v1/me", headers: ["Authorization: Bearer \(user)"])
            #expect(alice.body == #"{"userId":"alice","role":"user"}"#)
            let forbidden = try await exchange(
                port: port, "GET", "/api/v1/me/admin", headers: ["Authorization: Bearer \(user)"])
            #expect(forbidden.status == 403)
            #expect(forbidden.code == "forbidden")
            let allowed = try await exchange(
                port: port, "GET", "/api/v1/me/admin", headers: ["Authorization: Bearer \(admin)"])
            #expect(allowed.status == 200)
        }
    }
}
