import Domain
import EventLog
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import HTTPServer
@testable import Identity
import Text
@testable import WebAPI

@Suite("Request headers")
struct RequestHeaderTests {
    private func key(_ values: String...) throws -> String {
        var headers = HTTPFields()
        for value in values { headers.append(HTTPField(name: .idempotencyKey, value: value)) }
        return try IdempotencyKey(headers).text
    }

    @Test("An idempotency key is read bare or quoted, as the same key")
    func keys() throws {
        #expect(try key("abc") == "abc")
        #expect(try key("\"abc\"") == "abc")
        #expect(try key(#""a\"b\\c""#) == #"a"b\c"#)
        #expect(try key(String(repeating: "k", count: 255)).count == 255)
        #expect(try #require(throws: Problem.self) { try key() }.code == .idempotencyKeyRequired)
    }

    @Test(
        "A key that is none is refused",
        arguments: [
            "", "\"\"", "\"", "a b", "\"a b\"", "a\"b", "\"a", "a\"", #""a"b""#, #""a\b""#, #""a\""#, "é", "a\u{200F}",
            String(repeating: "k", count: 256),
        ])
    func badKeys(_ value: String) throws {
        let problem = try #require(throws: Problem.self) { try key(value) }
        #expect(problem.code == .invalidIdempotencyKey)
        #expect(problem.outcome == Problem.Outcome.none)
    }

    @Test("Two keys are one too many")
    func twoKeys() throws {
        #expect(try #require(throws: Problem.self) { try key("a", "a") }.code == .invalidIdempotencyKey)
    }

    private func command(
        _ method: HTTPRequest.Method = .post, _ path: String = "/api/v1/shows/s/holds", user: String = "alice",
        key: String = "k", body: String? = "{}"
    ) throws -> CommandIdentity {
        let request = Request(
            head: HTTPRequest(method: method, scheme: nil, authority: nil, path: path),
            body: RequestBody(buffer: ByteBuffer()))
        return CommandIdentity(
            request, principal: Principal(userID: UserID(user), role: .user),
            key: try IdempotencyKey([.idempotencyKey: key]), body: body.map { JSONBody(bytes: ByteBuffer(string: $0)) })
    }

    @Test("The same command has the same id; another caller, route or key has another")
    func commandIDs() throws {
        let first = try command()
        #expect(try command() == first)
        #expect(first.commandID.description.count == 32)
        // The query is no part of the route.
        #expect(try command(.post, "/api/v1/shows/s/holds?x=1") == first)
        // Other spellings of the same path reach the same route.
        for path in ["/api/v1/shows/s/holds/", "//api/v1/shows//s/holds", "/api/v1/shows/%73/holds"] {
            #expect(try command(.post, path) == first)
        }
        let others = [
            try command(user: "bob"), try command(.delete), try command(.post, "/api/v1/shows/t/holds"),
            try command(key: "l"),
            // Parts that run together as text are still different parts.
            try command(.post, "/api/v1/shows/s/hold", key: "sk"), try command(user: "alic", key: "k"),
        ]
        #expect(Set(others.map(\.commandID)).count == others.count)
        #expect(!others.map(\.commandID).contains(first.commandID))
    }

    @Test("Another body has the same id and another fingerprint")
    func fingerprints() throws {
        let first = try command()
        let other = try command(body: "{ }")
        #expect(first.commandID == other.commandID)
        #expect(first.fingerprint.count == 32)
        #expect(first.fingerprint != other.fingerprint)
        #expect(try command(body: nil).fingerprint == command(body: "").fingerprint)
    }

    @Test("A read says how fresh it must be by header, or else by cookie")
    func freshness() throws {
        let token = Freshness.token(LogPosition(epoch: 1, position: 4711))
        #expect(try Freshness([:]) == .any)
        #expect(try Freshness([.lastSeenSequence: "1.4711"]) == token)
        #expect(try Freshness([.lastSeenSequence: "head"]) == .head)
        #expect(try Freshness([.cookie: "Last-Seen-Sequence=1.4711"]) == token)
        #expect(try Freshness([.cookie: "a=b; Last-Seen-Sequence=1.4711; c=d"]) == token)
        #expect(try Freshness([.cookie: "a=b; XLast-Seen-Sequence=9"]) == .any)
        #expect(try Freshness([.lastSeenSequence: "head", .cookie: "Last-Seen-Sequence=nonsense"]) == .head)
    }

    @Test(
        "A token that is none is invalid-sequence",
        arguments: [
            "", "1", "1.", ".1", "0.1", "1.-1", "01.1", "1.01", "1.1.1", "HEAD", "1.9223372036854775808", "a.b",
            "1.4711, 1.4712",
            "１.1",
        ])
    func badTokens(_ value: String) throws {
        #expect(
            try #require(throws: Problem.self) { try Freshness([.lastSeenSequence: value]) }.code == .invalidSequence)
    }

    @Test("A bad cookie is cleared by the refusal, so that a browser is not stuck with it")
    func badCookie() throws {
        let problem = try #require(throws: Problem.self) { try Freshness([.cookie: "Last-Seen-Sequence=x"]) }
        #expect(problem.code == .invalidSequence)
        #expect(problem.headers[.setCookie]?.contains("Max-Age=0") == true)
    }

    @Test(
        "A preference to wait is read as RFC 7240 has it",
        arguments: [
            (nil, 2), ("wait=5", 5), ("wait=0", 0), ("wait=10", 10), ("wait=11", 10),
            ("wait=99999999999999999999999", 10),
            ("respond-async, wait=3", 3), ("Wait = \"4\"; x=y", 4), ("wait=5, wait=1", 5), ("wait=-1", 2),
            ("wait=1.5", 2),
            ("wait=", 2), ("wait", 2), ("wait=abc", 2), ("", 2), (",,=,;", 2),
        ] as [(String?, Int)])
    func wait(_ value: String?, _ seconds: Int) {
        var headers = HTTPFields()
        if let value { headers[.prefer] = value }
        #expect(WaitPreference.timeout(headers) == .seconds(seconds))
    }

    @Test("A response names what it reflects for programs and for browsers")
    func responseHeaders() {
        var response = WholeResponse.json(.created, token: LogPosition(epoch: 2, position: 9)) { $0.object { _ in } }
        response.set(command: CommandID(high: 1, low: 2), replayed: true)
        #expect(response.headers[.sequence] == "2.9")
        #expect(response.headers[.setCookie] == "Last-Seen-Sequence=2.9; Path=/; SameSite=Lax; HttpOnly")
        #expect(response.headers[.commandID] == "00000000000000010000000000000002")
        #expect(response.headers[.idempotentReplayed] == "true")
        #expect(response.headers[.contentLength] == "2")
    }

    @Test("A request is called what its caller calls it, within bounds")
    func correlation() {
        #expect(CorrelationID.given([:]) == nil)
        #expect(CorrelationID.given([.requestID: "a"]) == "a")
        #expect(CorrelationID.given([.correlationID: "b", .requestID: "a"]) == "b")
        let longest = String(repeating: "~", count: 64)
        #expect(CorrelationID.given([.correlationID: longest]) == longest)
        for bad in ["", longest + "~", "a b", "a\u{7F}b", "é"] {
            #expect(CorrelationID.given([.correlationID: bad]) == nil, "\(bad)")
        }
    }

    private func query(_ text: String) -> QueryParameters {
        QueryParameters(
            Request(
                head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/shows?" + text),
                body: RequestBody(buffer: ByteBuffer())))
    }

    @Test("Query parameters are bounded")
    func queryParameters() throws {
        #expect(try query("").integer("limit", in: 1...100, default: 20) == 20)
        #expect(try query("limit=100").integer("limit", in: 1...100, default: 20) == 100)
        for bad in [
            "limit=0", "limit=101", "limit=", "limit=x", "limit=1e1", "limit=1&limit=2", "limit=99999999999999999999",
        ] {
            #expect(throws: Problem.self, "\(bad)") { try query(bad).integer("limit", in: 1...100, default: 20) }
        }
        #expect(try query("").cursor { $0 } == nil)
        #expect(try query("cursor=7").cursor { $0 } == PageCursor(7))
        #expect(try query("cursor=7.a%2Db.c").cursor { $0 } == PageCursor(7, element: "a-b.c"))
        for bad in [
            "cursor=", "cursor=%00", "cursor=%E2%80%8F", "cursor=7.a%20b", "cursor=x", "cursor=-1", "cursor=.7",
            "cursor=7&cursor=8", "cursor=1." + String(repeating: "c", count: 255),
        ] {
            #expect(throws: Problem.self, "\(bad)") { try query(bad).cursor { $0 } }
        }
        #expect(throws: Problem.invalidCursor) { try query("cursor=7").cursor { _ in nil as Int? } }
    }
}
