import EventLog
import Foundation
import HTTPTypes
import Testing

@testable import HTTPServer
@testable import Text

extension ParsersUnderFuzz {
    private static let requestWords = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0",
        "Host: x", "Content-Length: 5", "Content-Length: -1", "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked", "Connection: close", "Connection: Upgrade", "Upgrade: h2c",
        "Expect: 100-continue",
        "Content-Type: application/json; charset=utf-8", "Content-Type: text/plain", "Content-Encoding: gzip",
        "Accept: text/event-stream", "Authorization: Bearer @USER@", "Authorization: Bearer @ADMIN@",
        "Authorization: Basic eA==",
        "Idempotency-Key: k1", "Idempotency-Key: \"k1\"", "Last-Seen-Sequence: @TOKEN@", "Last-Seen-Sequence: head",
        "Last-Seen-Sequence: 1.1", "Last-Seen-Sequence: 9.9", "Prefer: wait=0", "Cookie: Last-Seen-Sequence=@TOKEN@",
        "Cookie: Last-Seen-Sequence=x", "If-None-Match: *", "If-None-Match: \"@TOKEN@\", W/\"1.1\"",
        "Last-Event-ID: 1.1",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Range: bytes=0-1", "/api/v1/shows",
        "/api/v1/shows/@SHOW@/availability", "/api/v1/shows/@SHOW@/availability/stream",
        "/api/v1/shows/@SHOW@/seating-plan",
        "/api/v1/shows/@SHOW@/holds", "/api/v1/holds/@HOLD@", "/api/v1/me/holds", "/api/v1/commands/",
        "/api/v1/projections",
        "/api/v1/shows/nowhere/cancel", "/api/v1/orders/@HOLD@/refund", "/api/v1/orders/@HOLD@/swap",
        "{\"swaps\":[{\"ticket\":\"@HOLD@-1\",\"seat\":\"A-1\"}]}", "/api/v1/tickets/@HOLD@-1/scan",
        "/api/v1/shows/@SHOW@/scans/uploads", "Authorization: Bearer @SCANNER@", "{\"scans\":[{\"code\":\"x\",",
        "/api/v1/tickets/@HOLD@-1/transfer", "/api/v1/tickets/@HOLD@-1/transfer/accept",
        "/api/v1/tickets/@HOLD@-1/resale",
        "/api/v1/payments/@HOLD@/retry", "/api/v1/payments/@HOLD@/void", "{\"to\":\"bob\"}", "{\"code\":\"@HOLD@-1\"}",
        "/metrics", "/health/ready", "?since=1.1", "?limit=5&cursor=1", "A-1", "floor", "@SHOW@", "@HOLD@", "@TOKEN@",
    ]

    /// The bytes as they are, over a socket, to a whole node in this process.
    @Test("Requests") func requests() async throws {
        try await RunningNode.run { node in
            let run = FuzzRun(parser: "request", inputs: 1_500, mutation: .http, words: Self.requestWords)
            try await fuzz(run) { input in
                let answers = try Answers(of: try node.exchange(node.filledIn(input)))
                for answer in answers.all { try answer.check() }
                // Whatever that was, the next caller is served.
                let next = try Answers(
                    of: try node.exchange(Array("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".utf8)))
                try expect(next.all.map(\.status) == [200], "the next request got \(next.all.map(\.status))")
                return answers.all.map { "\($0.status) \($0.code ?? "")" }.joined(separator: ", ")
            }
        }
    }
}

/// What a server sent on one connection.
struct Answers {
    struct Answer {
        var status: Int
        var contentType: String
        var body: [UInt8]
        /// The `code` of a problem document.
        var code: String?

        func check() throws {
            let text = String(decoding: body, as: UTF8.self)
            // The one honest refusal of this node that is not the caller's fault: it was asked for something newer.
            // These nodes have no database to search.
            try expect(
                status < 500 || code == "replica-behind" || code == "search-unavailable",
                "answered with \(status): \(text)")
            try expect(status < 400 || contentType == Problem.contentType, "\(status) of type \(contentType): \(text)")
            guard contentType.hasSuffix("json"), !body.isEmpty else { return }
            try expect(JSONScan.fault(in: body) == nil, "\(status) with no JSON: \(text)")
            try expect(status < 400 || code != nil, "a problem without a code: \(text)")
        }
    }

    private(set) var all: [Answer] = []

    /// Reads them one after the other; throws a ``Violation`` where what was sent is no HTTP.
    init(of bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = Self.headEnd(of: rest) else {
                throw Violation("half a head: \(String(decoding: rest, as: UTF8.self))")
            }
            let lines = String(decoding: rest[..<end], as: UTF8.self).components(separatedBy: "\r\n")
            rest = rest[(end + 4)...]
            let statusLine = lines[0].split(separator: " ")
            guard statusLine.count >= 2, statusLine[0].hasPrefix("HTTP/1."), let status = Int(statusLine[1]) else {
                throw Violation("no status line: \(lines[0])")
            }
            func header(_ name: String) -> String? {
                lines.dropFirst().first { $0.lowercased().hasPrefix("\(name):") }
                    .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
            }
            var answer = Answer(status: status, contentType: header("content-type") ?? "", body: [])
            if answer.contentType == "text/event-stream" {
                // It goes on for ever; the reader has left.
                rest = []
            } else if let length = header("content-length").flatMap({ Int($0) }), !isHead(rest, length) {
                guard rest.count >= length else { throw Violation("\(rest.count) bytes of a body of \(length)") }
                answer.body = Array(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            if answer.contentType == Problem.contentType, !answer.body.isEmpty {
                answer.code =
                    (try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])?["code"] as? String
            }
            all.append(answer)
        }
    }

    /// To a HEAD request: the length of a body that does not follow.
    private func isHead(_ rest: ArraySlice<UInt8>, _ length: Int) -> Bool {
        length > 0 && (rest.isEmpty || rest.starts(with: Array("HTTP/1.".utf8)))
    }

    private static func headEnd(of bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (bytes.startIndex...(bytes.endIndex - 4)).first {
            bytes[$0..<($0 + 4)].elementsEqual([0x0D, 0x0A, 0x0D, 0x0A])
        }
    }
}
