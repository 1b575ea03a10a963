import Crypto
import Domain
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import PostgresViews
import ShowSearch
import NIOCore
import SeededRandom
import Testing
import Traces

@testable import HTTPServer
@testable import Identity
@testable import QueryAPI
@testable import Text
@testable import WebAPI

extension ParsersUnderFuzz {
    @Test("Sequence tokens, times and ids") func tokens() async throws {
        try await fuzz(
            FuzzRun(
                parser: "token", inputs: 20_000,
                words: ["1.", ".0", "2026-07-01", "T", "Z", "+00:00", "-23:59", "abcdef0123456789", "-", ".123456789"])
        ) { input in
            let text = String(decoding: input, as: UTF8.self)
            var read: [String] = []
            if let token = LogPosition(text) {
                try expect(token.description == text, "\(token) was read from \(text)")
                read.append("token")
            }
            if let id = CommandID(text) {
                try expect(id.description == text && CommandID(bytes: id.bytes) == id, "\(id) was read from \(text)")
                read.append("command id")
            }
            if let id = HoldID(checking: text) {
                try expect(id.rawValue.utf8.elementsEqual(text.utf8), "another id was read")
                read.append(id.show == nil ? "id" : "hold id")
            }
            if let time = Timestamp(rfc3339: text) {
                try expect(Timestamp(rfc3339: time.rfc3339) == time, "\(time.rfc3339) was read from \(text)")
                read.append("time")
            }
            if let bytes = Base64URL.decode(input) {
                try expect(Base64URL.encode(bytes) == text, "one value has two spellings: \(text)")
                read.append("base 64")
            }
            if DisplayText(text) != nil { read.append("text") }
            return read.joined(separator: ", ")
        }
    }

    /// Header lines as a server gets them, in one request.
    @Test("Headers") func headers() async throws {
        let authenticator = try Caller.authenticator()
        let user = Caller.token(#"{"sub":"ann","exp":1800000600}"#)
        try await fuzz(
            FuzzRun(
                parser: "headers", inputs: 4_000,
                words: [
                    "Idempotency-Key: ", "Last-Seen-Sequence: ", "Prefer: wait=", "Cookie: Last-Seen-Sequence=",
                    "traceparent: 00-", "Authorization: Bearer ", "1.42", "head", "wait=10", "respond-async", "; ",
                    ", ",
                    "Last-Seen-Sequence=1.4", "@USER@",
                ])
        ) { input in
            let text = String(decoding: input, as: UTF8.self).replacing("@USER@", with: user)
            var fields = HTTPFields()
            for line in text.split(whereSeparator: \.isNewline) {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { continue }
                let value = parts[1].trimming { $0 == " " }
                // The server's parser refuses others.
                if HTTPField.isValidValue(String(value)) { fields.append(HTTPField(name: name, value: String(value))) }
            }
            var results = [
                try refusing {
                    let key = try IdempotencyKey(fields)
                    try expect(
                        try IdempotencyKey([.idempotencyKey: "\"\(key.quoted)\""]) == key, "a key reads back as another"
                    )
                    return "key"
                },
                try refusing {
                    switch try Freshness(fields) {
                    case .any: return "any"
                    case .head: return "head"
                    case .token(let token):
                        try expect(
                            try Freshness([.lastSeenSequence: "\(token)"]) == .token(token),
                            "a token reads back as another")
                        return "token"
                    }
                },
                try refusing { try authenticator.principal(fields) == nil ? "nobody" : "somebody" },
            ]
            let wait = WaitPreference.timeout(fields)
            try expect((.zero...WaitPreference.longest).contains(wait), "a wait of \(wait)")
            if wait != WaitPreference.default { results.append("wait") }
            if let text = fields[.traceParent], let trace = TraceContext(traceParent: text, state: fields[.traceState])
            {
                let again = TraceContext(traceParent: trace.traceParent, state: trace.state)
                try expect(again == trace, "a trace reads back as another")
                results.append(trace.state == nil ? "trace" : "trace with state")
            }
            if let correlation = CorrelationID.given(fields) {
                try expect((1...64).contains(correlation.utf8.count), "a request is called \(correlation)")
                results.append("correlation")
            }
            fields.keepLaterCookie(of: fields)
            return results.joined(separator: "; ")
        }
    }

    @Test("A token's claims, rightly signed") func claims() async throws {
        let authenticator = try Caller.authenticator()
        try await fuzz(
            FuzzRun(
                parser: "claims", inputs: 4_000, mutation: .json,
                words: ["sub", "role", "exp", "nbf", "iat", "admin", "user", "1800000600", "1e300", "-1e300"])
        ) { input in
            try refusing {
                let principal = try authenticator.principal(token: Caller.token(String(decoding: input, as: UTF8.self)))
                try expect(UserID(checking: principal.userID.rawValue) != nil, "a subject that can't be a user id")
                return "\(principal.role)"
            }
        }
    }

    @Test("A token's header, and tokens of any shape") func tokenHeaders() async throws {
        let authenticator = try Caller.authenticator()
        try await fuzz(
            FuzzRun(
                parser: "token-header", inputs: 2_000, mutation: .json,
                words: ["alg", "kid", "crit", "typ", "JWT", "EdDSA", "ES256", "HS256", "none", "RS256", "key"])
        ) { input in
            try refusing {
                let text = String(decoding: input, as: UTF8.self)
                let token = text.contains("{") ? Caller.token(#"{"sub":"ann","exp":1800000600}"#, header: text) : text
                return "\(try authenticator.principal(token: token).role)"
            }
        }
    }

    @Test("Queries and paths") func queries() async throws {
        try await fuzz(
            FuzzRun(
                parser: "query", inputs: 3_000,
                words: [
                    "limit=", "cursor=", "since=", "1.2", "50", "%31", "%", "&", "?", "/api/v1/shows/", "+",
                    "%E2%80%AE", "q=", "city=", "artist=", "venue=", "from=", "to=", "category=", "status=", "near=",
                    "sort=",
                    "2035-06-16", "2035-06-16T18:00:00Z", "on-sale", "postponed", "distance", "relevance", "-startsAt",
                    "53.5,9.98,50", "%E6%9D%B1%E4%BA%AC", "%27", "%5C", "AC%2FDC", "%D7%A9%D7%9C%D7%95%D7%9D",
                ])
        ) { input in
            let path = String(decoding: input, as: UTF8.self)
            let request = Request(
                head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: path),
                body: RequestBody(buffer: ByteBuffer()))
            let parameters = QueryParameters(request)
            let results = [
                try refusing {
                    try expect(
                        (1...100).contains(try parameters.integer("limit", in: 1...100, default: 50)),
                        "beyond the limit")
                    return "limit"
                },
                try refusing { try parameters.cursor { $0 } == nil ? "no cursor" : "cursor" },
                try refusing {
                    guard let text = try parameters.single("since") else { return "no since" }
                    try expect(try ShowRoutes.token(text).description == text, "another version was read from \(text)")
                    return "since"
                },
            ]
            let search = try refusing {
                guard let search = try ShowSearchParameters(parameters, seesDrafts: false) else { return "no search" }
                let words = search.query.filter.words
                let tree = words.map { $0.query() + $0.termQueries.joined() } ?? ""
                try expect(!tree.contains("\\") && !tree.contains("''"), "a word that is none: \(tree)")
                let place = search.query.after ?? ShowPlace(number: .min, second: 3, text: "a ü", show: ShowID("s.1"))
                try expect(search.place(search.cursor(after: place)) == place, "a cursor leads elsewhere")
                return "search"
            }
            let identity = CommandIdentity(
                request, principal: Principal(userID: UserID("ann"), role: .user),
                key: try IdempotencyKey([.idempotencyKey: "k"]), body: nil)
            try expect(identity.fingerprint.count == 32, "a fingerprint of \(identity.fingerprint.count) bytes")
            return (results + [search]).joined(separator: "; ")
        }
    }
}

extension IdempotencyKey {
    /// As it stands in a quoted string.
    fileprivate var quoted: String { text.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#) }
}

/// Who signs the tokens of these tests: always the same key, so that a run can be run again.
enum Caller {
    private static func key() throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: Array(repeating: 7, count: 32))
    }

    static func authenticator() throws -> Authenticator {
        let x = Base64URL.encode(try key().publicKey.rawRepresentation)
        let jwks = #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"key","x":"\#(x)"}]}"#
        let authenticator = Authenticator(issuers: [TokenIssuer()], now: { 1_800_000_000 })
        authenticator.replace(keys: try VerificationKeys(jwks: jwks.utf8))
        return authenticator
    }

    static func token(_ claims: String, header: String = #"{"alg":"EdDSA","kid":"key"}"#) -> String {
        let signed = "\(Base64URL.encode(header.utf8)).\(Base64URL.encode(claims.utf8))"
        do {
            return "\(signed).\(Base64URL.encode(try key().signature(for: Array(signed.utf8))))"
        } catch {
            preconditionFailure("a fixed key signs: \(error)")
        }
    }
}
