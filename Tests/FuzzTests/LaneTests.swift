import Foundation
import HTTPTypes
import NIOCore
import RateLimits
import SeededRandom
import Testing

@testable import HTTPServer
@testable import WebAPI

/// The fast lane says what the slow way says: two nodes in the same state, one with the lane and one without, get the same
/// bytes and answer the same bytes.
@Suite("The fast lane", .timeLimit(.minutes(20)))
struct LaneTests {
    /// Requests that it takes, and requests that look like them.
    private static let requests: [String] = {
        func request(
            _ line: String, _ body: String?, key: String = "k", by user: String = "USER", headers: [String] = [],
            length: Int? = nil
        ) -> String {
            let length = body.map {
                $0.hasSuffix("@END@") ? "Content-Length: @LENGTH@" : "Content-Length: \(length ?? $0.utf8.count)"
            }
            let lines =
                ["\(line) HTTP/1.1", "Host: x", "Authorization: Bearer @\(user)@"]
                + (key.isEmpty ? [] : ["Idempotency-Key: \(key)"]) + headers + [length].compactMap(\.self)
            return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
        }
        let holds = "POST /api/v1/shows/@SHOW@/holds"
        let bodies = [
            #"{"seats":["A-1"]}"#, #"{"seats":["A-1"]}"#, #"{"seats":["A-2","A-3"]}"#, #"{"seats":["A-3","A-2"]}"#,
            #"{"seats":["nowhere"]}"#, #"{"seats":[]}"#, #"{"areas":{"floor":2}}"#, #"{"areas":{"floor":0}}"#,
            #"{"areas":{"floor":99999999}}"#, #"{"areas":{"nowhere":1}}"#, #"{"areas":{}}"#, #"{"quantity":1}"#,
            #"{"quantity":0}"#, #"{"quantity":-1}"#, #"{"quantity":1.0}"#, #"{"quantity":1e0}"#, #"{"quantity":01}"#,
            #"{"quantity":1,"category":"A"}"#, #"{"category":"A","quantity":1}"#, #"{"category":"A"}"#,
            #"{"quantity":1,"category":"B"}"#, #"{"quantity":1,"category":""}"#, #"{"quantity":1,"seats":["A-9"]}"#,
            #"{"seats":["A-10"],"areas":{"floor":1}}"#, #"{"seats":["A-11"],"seats":["A-12"]}"#,
            #"{"seats":["A-13"],"more":true}"#, #"{"seats":["\u0041-14"]}"#, #"{"seats":["Ä-1"]}"#,
            #"{"seats":"A-15"}"#, #"{"seats":["A-16",]}"#, #"{"seats":["A-17"]} "#, #"{"seats":["A-18"]}x"#,
            #"  { "seats" : [ "A-19" , "A-20" ] } "#, #"{"areas":{"floor":1,"floor":2}}"#, #"{"seats":null}"#, "{}", "",
            "[]", "null", #"{"seats":["A-21"]"#, #"{"quantity":"1"}"#, #"{"quantity":1234567890}"#,
            #"{"seats":["\#(String(repeating: "x", count: 65))"]}"#,
            #"{"quantity":1,"accessible_":true}"#, #"{"quantity":1,"quantity":1}"#, "\u{FEFF}{\"quantity\":1}",
            #"{"seats":[\#((1...600).map { "\"s\($0)\"" }.joined(separator: ","))]}"#,
        ]
        var all = bodies.enumerated().map { request(holds, $1, key: "body-\($0)") }
        // The same key: the same command again, and another one.
        all += [request(holds, bodies[0], key: "body-0"), request(holds, bodies[2], key: "body-0")]
        all += [
            request(holds, bodies[0], key: ""), request(holds, bodies[0], key: "\"quoted\""),
            request(holds, bodies[0], key: "a b"), request(holds, bodies[0], key: String(repeating: "k", count: 256)),
            request(holds, bodies[0], key: "twice", headers: ["Idempotency-Key: other"]),
            request(
                holds, bodies[0], key: "types",
                headers: ["Content-Type: application/json", "Content-Type: application/json"]),
            request(holds, bodies[0], by: "NOBODY"), request(holds, bodies[0], by: "ADMIN"),
            request("POST /api/v1/shows/@SHOW@/holds?x=1", bodies[0]),
            request("POST /api/v1/shows//@SHOW@/holds", bodies[0]),
            request("POST /api/v1/shows/%41/holds", bodies[0]), request("POST /api/v1/shows/nowhere/holds", bodies[0]),
            request("POST /api/v1/shows/a:b/holds", bodies[0]), request("POST /api/v1/shows/@SHOW@/holds/", bodies[0]),
            request("PUT /api/v1/shows/@SHOW@/holds", bodies[0]),
            request("POST /api/v1/shows/\(String(repeating: "s", count: 65))/holds", bodies[0]),
        ]
        let headers = [
            "Content-Type: application/json", "Content-Type: text/plain",
            "Content-Type: application/json; charset=utf-8", "Content-Type: application/json; charset=utf8",
            "Content-Encoding: gzip", "Content-Encoding: identity", "Connection: close", "Connection: keep-alive",
            "Cookie: Last-Seen-Sequence=9.9", "Cookie: a=b", "Last-Seen-Sequence: 1.1", "Prefer: wait=0",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "traceparent: x", "X-More: 1",
            "tracestate: a=1", "tracestate: =", "X-Request-Id: shop-1", "X-Correlation-Id: shop-2", "X-Request-Id: a b",
            "X-Correlation-Id: " + String(repeating: "c", count: 65),
            "Expect: 100-continue", "Accept: */*", "User-Agent: test", "Admission: x", "Upgrade: h2c",
            "Origin: https://shop.example", "Origin: https://else.example", "Sec-Fetch-Site: cross-site",
        ]
        all += headers.enumerated().map {
            request(holds, #"{"areas":{"floor":1}}"#, key: "header-\($0)", headers: [$1])
        }
        // A show behind a waiting room: with no admission, good ones, and what is none.
        let admissions = [
            [], ["@ADMITTED@"], ["@ADMITTED@", "@ADMITTED@"], ["@ANOTHERS@"], ["@OTHER-SHOWS@"], ["@EXPIRED@"],
            ["@ADMITTED@x"],
            ["x"], ["\u{E4}"], [""], [String(repeating: "A", count: 5_000)],
        ]
        all += admissions.enumerated().map { number, tokens in
            request(
                "POST /api/v1/shows/@ROOM@/holds", #"{"areas":{"floor":1}}"#, key: "admission-\(number)",
                headers: tokens.map { "Admission: \($0)" })
        }
        all += [
            request(holds, #"{"areas":{"floor":1}}"#, key: "admission-for-nothing", headers: ["Admission: @ADMITTED@"]),
            request("DELETE /api/v1/holds/@HOLD@", nil, key: "release-0", headers: ["Admission: @ADMITTED@"]),
            request("DELETE /api/v1/holds/@HOLD@", nil, key: "release-1"),
            request("DELETE /api/v1/holds/@HOLD@", nil, key: "release-1"),
            request("DELETE /api/v1/holds/@HOLD@", nil, key: "release-2"),
            request("DELETE /api/v1/holds/nowhere", nil, key: "release-3"),
            request("DELETE /api/v1/holds/@HOLD@", "{}", key: "release-4"),
            request("DELETE /api/v1/holds/@HOLD@", #"{"x":1}"#, key: "release-7"),
            request("DELETE /api/v1/holds/@HOLD@", "", key: "release-5"),
            request("DELETE /api/v1/holds/@HOLD@", nil, key: "release-6", by: "ADMIN"),
            request("POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-1"}"#, key: "scan-1", by: "ADMIN"),
            request("POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-2"}"#, key: "scan-2", by: "ADMIN"),
            request("POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-1"}"#, key: "scan-3"),
            request("POST /api/v1/tickets/@HOLD@-0/scan", #"{"code":"@HOLD@-1"}"#, key: "scan-4", by: "ADMIN"),
            request(
                "POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-1","gate":"north","direction":"out"}"#,
                key: "scan-5", by: "ADMIN"),
            request(
                "POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-1","gate":""}"#, key: "scan-6", by: "ADMIN"),
            request(
                "POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-1","gate":"Süd"}"#, key: "scan-7",
                by: "ADMIN"),
            request(
                "POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-1","direction":"up"}"#, key: "scan-8",
                by: "ADMIN"),
            request("POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-1"}"#, key: "scan-9", by: "SCANNER"),
            request("POST /api/v1/tickets/@HOLD@-1/scan", #"{"code":"@HOLD@-1"}"#, key: "scan-10", by: "ELSEWHERE"),
            request("DELETE /api/v1/tickets/@HOLD@-1/scan", nil, key: "undo-1", by: "ADMIN"),
        ]
        let map = "GET /api/v1/shows/@SHOW@/availability"
        all += [
            request(map, nil), request(map, nil, by: "NOBODY"), request(map, nil, key: ""), request(map, ""),
            request("GET /api/v1/me/holds", nil), request("GET /api/v1/me/holds", nil, by: "NOBODY"),
            request("GET /api/v1/me/holds?limit=1", nil), request("GET /api/v1/shows/nowhere/availability", nil),
            request("HEAD /api/v1/shows/@SHOW@/availability", nil), request(map + "?since=1.1", nil),
            "GET /api/v1/shows/@SHOW@/availability HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /api/v1/me/holds HTTP/1.1\r\nHost: x\r\n\r\n",
        ]
        let line = "GET /api/v1/shows/@ROOM@/queue"
        all += [
            request(line, nil), request(line, nil, by: "NOBODY"), request(line, nil, by: "ADMIN"), request(line, ""),
            request("GET /api/v1/shows/@SHOW@/queue", nil), request("GET /api/v1/shows/nowhere/queue", nil),
            request("HEAD /api/v1/shows/@ROOM@/queue", nil), request(line + "?x=1", nil), request(line + "/", nil),
            "GET /api/v1/shows/@ROOM@/queue HTTP/1.1\r\nHost: x\r\n\r\n",
            request(line + "/entries/@ROOM@-ann", nil), request(line + "/entries/@ROOM@-ann", nil, by: "ADMIN"),
            request(line + "/entries/@ROOM@-bob", nil), request(line + "/entries/nobody", nil),
            request(line + "/entries/@ROOM@-ann", nil, by: "NOBODY"), request(line + "/entries/@ROOM@-ann/", nil),
            request("GET /api/v1/shows/@SHOW@/queue/entries/@ROOM@-ann", nil),
            request(line + "/entries/@ROOM@%2Dann", nil),
            request(line + "/entries/\(String(repeating: "e", count: 65))", nil),
            request("GET /api/v1/me/queue", nil), request("GET /api/v1/me/queue", nil, by: "ADMIN"),
            request("GET /api/v1/me/queue", nil, by: "NOBODY"),
        ]
        let readHeaders = [
            "Last-Seen-Sequence: 1.1", "Last-Seen-Sequence: 9.9", "Last-Seen-Sequence: 1.999999",
            "Last-Seen-Sequence: head",
            "Last-Seen-Sequence: x", "Cookie: Last-Seen-Sequence=1.1", "Cookie: Last-Seen-Sequence=9.9", "Cookie: a=b",
            "Cookie: Last-Seen-Sequence=x", "If-None-Match: *", "If-None-Match: \"1.1\"", "Accept: text/event-stream",
        ]
        for header in readHeaders {
            all += [request(map, nil, headers: [header, "Prefer: wait=0"]), request(map, nil, headers: [header])]
            all.append(request("GET /api/v1/me/holds", nil, headers: [header]))
            all += [line, line + "/entries/@ROOM@-ann"].map { request($0, nil, headers: [header, "Prefer: wait=0"]) }
            all += [line, line + "/entries/@ROOM@-ann"].map { request($0, nil, headers: [header]) }
        }
        // Orders: paid, declined, never settled, for nothing; their repetitions; and whatever is wrong with others. Who waits
        // for no time at all does so for what is never paid: nobody can say how far anything else got.
        func order(
            _ basket: Int, _ method: String, key: String, by user: String = "USER", headers: [String] = [],
            line: String = "POST /api/v1/orders"
        ) -> String {
            request(
                line, orderBody("\"@HOLD\(basket)@\"", "@FENCE\(basket)@", "\"\(method)\""), key: key, by: user,
                headers: headers)
        }
        func orderBody(_ hold: String, _ token: String, _ method: String, _ more: String = "") -> String {
            #"{"holdId":\#(hold),"fencingToken":\#(token),"paymentMethod":\#(method)\#(more)}"# + "@END@"
        }
        let patient = ["Prefer: wait=30"], hasty = ["Prefer: wait=0"]
        all += [
            order(1, "pm_ok", key: "paid", headers: patient), order(1, "pm_ok", key: "paid", headers: patient),
            order(1, "pm_never", key: "paid", headers: hasty),
            order(1, "pm_ok", key: "paid-again", headers: patient),
            order(2, "pm_declined", key: "declined", headers: patient),
            order(2, "pm_declined", key: "declined", headers: patient),
            order(2, "pm_never", key: "another-card", headers: hasty),
            order(3, "pm_never", key: "open", headers: hasty), order(3, "pm_never", key: "open", headers: hasty),
            order(3, "pm_never", key: "open", headers: ["Prefer: wait=1"]),
            order(3, "pm_never", key: "open", headers: ["Prefer: respond-async, wait=0"]),
            order(3, "pm_never", key: "open", headers: ["Prefer: wait=0", "Prefer: wait=30"]),
            order(3, "pm_never", key: "open", headers: ["prefer: WAIT = \"0\" ; x"]),
            order(3, "pm_never", key: "open-again", headers: hasty),
            order(5, "pm_ok", key: "free"), order(5, "pm_ok", key: "free"),
            order(4, "pm_never", key: "others", by: "ADMIN", headers: hasty),
            order(4, "pm_never", key: "nobody", by: "NOBODY"), order(4, "pm_never", key: ""),
            order(4, "pm_never", key: "query", headers: hasty, line: "POST /api/v1/orders?x=1"),
            order(4, "pm_never", key: "slash", headers: hasty, line: "POST /api/v1/orders/"),
            order(4, "pm_never", key: "put", line: "PUT /api/v1/orders"),
        ]
        let hold = #""@HOLD4@""#, token = "@FENCE4@", method = #""pm_never""#
        let orderBodies: [String] = [
            orderBody(hold, "999999", method), orderBody(hold, "0", method), orderBody(hold, "-1", method),
            orderBody(hold, "1.0", method), orderBody(hold, "1e3", method), orderBody(hold, "\"1\"", method),
            orderBody(hold, "123456789012", method), orderBody(hold, "null", method),
            orderBody(#""nowhere""#, token, method), orderBody(#""@SHOW@-nothing""#, token, method),
            orderBody(#""""#, token, method), orderBody(#""Ä""#, token, method), orderBody("7", token, method),
            orderBody(hold, token, #""""#), orderBody(hold, token, #""a b""#), orderBody(hold, token, "1"),
            orderBody(hold, token, #""\#(String(repeating: "p", count: 65))""#),
            orderBody(hold, token, method, #","more":1"#), orderBody(hold, token, method, #","fencingToken":1"#),
            orderBody(hold, token, method, ","), orderBody(hold, token, #""pm_\u006eever""#), "{}@END@",
            #"{"holdId":"@HOLD4@"}@END@"#,
        ]
        all += orderBodies.enumerated().map {
            request("POST /api/v1/orders", $1, key: "order-body-\($0)", headers: hasty)
        }
        func several(_ baskets: [Int], _ method: String = "pm_never", _ more: String = "") -> String {
            let holds = baskets.map { #"{"holdId":"@HOLD\#($0)@","fencingToken":@FENCE\#($0)@\#(more)}"# }
            return #"{"holds":[\#(holds.joined(separator: ","))],"paymentMethod":"\#(method)"}"# + "@END@"
        }
        let severalBodies: [String] = [
            several([]), several([7, 7]), several([4, 99]), several([7, 1]), several([7, 3]),
            several([6, 7], "pm_never", #","x":1"#), several([8, 9]), several([8]), several([9]),
            several([7]).replacing("@FENCE7@", with: "1.5"),
            several([7]).replacing(#"{"holdId""#, with: #"7,{"holdId""#),
            #"{"holds":{},"paymentMethod":"p"}@END@"#, #"{"holds":[{}],"paymentMethod":"p"}@END@"#,
            #"{"holds":[,],"paymentMethod":"p"}@END@"#, #"{"holds":null,"paymentMethod":"p"}@END@"#,
            several([4]).replacing("\"paymentMethod\"", with: "\"holdId\":\"@HOLD4@\",\"paymentMethod\""),
            several([4]).replacing("\"paymentMethod\"", with: "\"fencingToken\":1,\"paymentMethod\""),
        ]
        all += severalBodies.enumerated().map {
            request("POST /api/v1/orders", $1, key: "several-body-\($0)", headers: hasty)
        }
        all += [patient, patient].map {
            request("POST /api/v1/orders", several([6, 7], "pm_declined"), key: "several", headers: $0)
        }
        // Lengths that lie, and a body in chunks.
        all += [
            request("POST /api/v1/orders", "{\"holdId\":\"x\"}", key: "order-long", length: 100),
            request("POST /api/v1/orders", "{\"holdId\":\"x\"}", key: "order-short", length: 3),
            request(holds, bodies[0], key: "long", length: 100), request(holds, bodies[0], key: "short", length: 3),
            request(holds, nil, key: "chunks", headers: ["Transfer-Encoding: chunked"])
                + "5\r\n{\"qua\r\nb\r\nntity\":1}   \r\n0\r\n\r\n",
        ]
        return all
    }()

    @Test("answers each request of a corpus as the slow way does, whole and cut at every byte")
    func corpus() async throws {
        try await bothWays { lane, slow in
            for request in Self.requests { try await Self.compare(request, lane, slow) }
            // Cut in two at every byte: the same command again and again, and its replays.
            let request = lane.filledIn(Array(Self.requests[0].utf8))
            for cut in 1..<request.count {
                let answers = try await onQuietThread {
                    (try Self.essence(lane.exchange(request, cut: cut)), try Self.essence(slow.exchange(request)))
                }
                #expect(answers.0 == answers.1, "cut at \(cut)")
            }
            // And an order that was placed.
            let order = lane.filledIn(Array(try #require(Self.requests.first { $0.contains("Key: free") }).utf8))
            let whole = try await onQuietThread { try Self.essence(slow.exchange(order)) }
            #expect(whole.hasPrefix("HTTP/1.1 201"), "\(whole)")
            for cut in stride(from: 1, to: order.count, by: 7) {
                let answer = try await onQuietThread { try Self.essence(lane.exchange(order, cut: cut)) }
                #expect(answer == whole, "cut at \(cut)")
            }
        }
    }

    @Test("answers requests that come one behind the other in their order, whichever way they go", arguments: 1...40)
    func pipelines(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let pipeline = (0..<12).map { _ in
            let request = Self.requests[Int.random(in: Self.requests.indices, using: &random)]
            // So that the replays of one run are the same commands on both nodes, and others than those of the next run.
            return request.replacing("Idempotency-Key: ", with: "Idempotency-Key: \(seed)-")
        }
        try await bothWays { lane, slow in
            // An upgrade further back says of whatever is not answered yet that it is the last: that is a matter of pace.
            try await Self.compare(pipeline.joined(), lane, slow, besides: "Connection: close\r\n")
        }
    }

    @Test("answers thousands of requests that wait behind one, in order")
    func longPipeline() async throws {
        try await RunningNode.run { node in
            let hold = Self.requests[0]
            let map = "GET /api/v1/shows/@SHOW@/availability HTTP/1.1\r\nHost: x\r\n\r\n"
            let pipeline =
                node.filledIn(Array(hold.utf8)) + repeatElement(node.filledIn(Array(map.utf8)), count: 5_000).joined()
            let answers = try await onQuietThread { try Answers(of: try node.exchange(pipeline)).all.map(\.status) }
            #expect(answers.count == 5_001)
            #expect(answers.first == 201)
            #expect(answers.dropFirst().allSatisfy { $0 == 200 })
        }
    }

    @Test("takes no more of who reads no answers than fits between them", arguments: [true, false])
    func deafCaller(hasLanes: Bool) async throws {
        try await RunningNode.run(hasLanes: hasLanes) { node in
            let map = node.filledIn(Array("GET /api/v1/shows/@SHOW@/availability HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            let limit = 32 << 20
            let taken = try await onQuietThread { try node.flood(map, limit: limit) }
            #expect(taken < limit, "as much as is offered")
        }
    }

    @Test("is refused what is over a limit as the slow way is, and says as much about what is left")
    func rateLimits() async throws {
        let rules = try RateRules(
            perMinute: ["hold=20", "checkout=2", "read=5", "other=6", "staff=5"], multiples: ["read=1"])
        try await RunningNode.run(rules: rules) { lane in
            try await RunningNode.run(hasLanes: false, rules: rules) { slow in
                for request in Self.requests { try await Self.compare(request, lane, slow) }
                let hold = lane.filledIn(Array(Self.requests[0].utf8))
                let answer = try await onQuietThread { String(decoding: try lane.exchange(hold), as: UTF8.self) }
                #expect(answer.hasPrefix("HTTP/1.1 429"))
                #expect(answer.contains("RateLimit-Policy: \"hold\";q=20;w=60\r\nRateLimit: \"hold\";r=0;t=3\r\n"))
            }
        }
    }

    private func bothWays(
        _ body: @escaping (_ lane: RunningNode, _ slow: RunningNode) async throws -> Void
    ) async throws {
        try await RunningNode.run { lane in
            try await RunningNode.run(hasLanes: false) { slow in try await body(lane, slow) }
        }
    }

    private static func compare(
        _ request: String, _ lane: RunningNode, _ slow: RunningNode, besides line: String? = nil
    ) async throws {
        let bytes = lane.filledIn(Array(request.utf8))
        let (fast, slow) = try await onQuietThread {
            (try essence(lane.exchange(bytes)), try essence(slow.exchange(bytes)))
        }
        let same = line.map { fast.replacing($0, with: "") == slow.replacing($0, with: "") } ?? (fast == slow)
        #expect(same, "\(request)\n\(fast)\n\(slow)")
    }

    /// An answer without what no two answers share.
    private static func essence(_ answer: [UInt8]) throws -> String {
        String(decoding: answer, as: UTF8.self)
            .replacing(/(?i)(?<name>date|x-request-id): [^\r]*/) { "\($0.output.name): …" }
            .replacing(/"(?<name>[a-z]+At)":"[^"]*"/) { "\"\($0.output.name)\":…" }
    }
}

/// What the lane takes and what it leaves, seen on the head and body alone.
@Suite("A request for the fast lane") struct LaneRequestTests {
    private static func plain(_ change: (inout HTTPRequest) -> Void = { _ in }) -> HTTPRequest {
        var head = HTTPRequest(
            method: .post, scheme: "http", authority: "x", path: "/api/v1/shows/s1/holds",
            headerFields: [
                .authorization: "Bearer \(Caller.token(#"{"sub":"ann","exp":1800000600}"#))", .idempotencyKey: "k",
                .contentLength: "14", .contentType: "application/json", .accept: "*/*",
            ])
        change(&head)
        return head
    }

    @Test("is a plain one with a token that was verified before")
    func plainOnes() async throws {
        try await RunningNode.run { node in
            #expect(node.lanes.request(Self.plain { $0.headerFields[.authorization] = "Bearer unknown" }) == nil)
            let request = try #require(node.lanes.request(Self.plain()))
            #expect(request.answer(nil) == nil, "without its body")
            let parts = [#"{"quant"#, #"ity":1}"#].map { request.add(ByteBuffer(string: $0)) }
            #expect(parts == [true, true])
            #expect(request.answer(nil) != nil)
            let goesOn = request.add(ByteBuffer(string: "x"))
            #expect(!goesOn, "more than was announced")
            for name in [
                "Expect", "Content-Encoding", "Prefer", "Upgrade",
            ] {
                let name = try #require(HTTPField.Name(name))
                #expect(node.lanes.request(Self.plain { $0.headerFields[name] = "x" }) == nil, "\(name)")
            }
            let called = node.lanes.request(Self.plain { $0.headerFields[.requestID] = "shop-1" })
            #expect(called?.correlation == "shop-1")
            #expect(node.lanes.request(Self.plain { $0.headerFields[.correlationID] = "a b" }) == nil)
            let admission = try #require(HTTPField.Name("Admission"))
            let admitted = Self.plain { $0.headerFields[admission] = "x" }
            #expect(node.lanes.request(admitted)?.call.admission == "x")
            var twice = admitted
            twice.headerFields.append(HTTPField(name: admission, value: "x"))
            #expect(node.lanes.request(twice) == nil)
            #expect(node.lanes.request(Self.plain { $0.headerFields[.contentLength] = nil }) == nil)
            #expect(node.lanes.request(Self.plain { $0.headerFields[.contentLength] = "4097" }) == nil)
            #expect(node.lanes.request(Self.plain { $0.method = .put }) == nil)
            #expect(node.lanes.request(Self.plain { $0.path = "/api/v1/shows/s1/holds?x" }) == nil)

            for path in ["shows/@ROOM@/queue", "shows/@ROOM@/queue/entries/@ROOM@-ann", "me/queue"] {
                let look = Self.plain {
                    $0.method = .get
                    $0.path = String(decoding: node.filledIn(Array("/api/v1/\(path)".utf8)), as: UTF8.self)
                    $0.headerFields[.contentLength] = nil
                    $0.headerFields[.contentType] = nil
                }
                guard case .now(let answer) = node.lanes.request(look)?.answer(nil) else {
                    Issue.record("\(path) is not for the lane")
                    continue
                }
                let text = String(buffer: answer.body)
                #expect(
                    answer.status == .ok && text.contains(path.hasSuffix("queue") ? "waiting" : "\"ahead\":1"),
                    "\(text)")
            }

            let body = ByteBuffer(
                bytes: node.filledIn(
                    Array(#"{"holdId":"@HOLD1@","fencingToken":@FENCE1@,"paymentMethod":"pm_ok"}"#.utf8)))
            for waits in [nil, "wait=5", "respond-async"] {
                let head = Self.plain {
                    $0.path = "/api/v1/orders"
                    $0.headerFields[.contentLength] = "\(body.readableBytes)"
                    $0.headerFields[.prefer] = waits
                }
                let order = try #require(node.lanes.request(head))
                let isWhole = order.add(body)
                #expect(isWhole && order.answer(nil) != nil, "an order that waits: \(waits ?? "as long as others")")
            }
        }
    }
}
