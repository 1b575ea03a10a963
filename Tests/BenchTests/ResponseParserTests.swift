import Testing

@testable import loadgen

struct ResponseParserTests {
    private static let answer = Array(
        """
        HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nSequence: 1.4711\r\ncontent-length: 9\r\n\r\n{"a": 12}
        """.utf8)

    @Test(arguments: 1..<answer.count) func `An answer that comes in two parts is read as one that comes whole`(
        _ cut: Int
    ) throws {
        var parser = ResponseParser(looksInside: true)
        guard case .incomplete = try parser.take(Self.answer[..<cut]) else {
            Issue.record("complete after \(cut) bytes")
            return
        }
        guard case .complete(let response) = try parser.take(Self.answer[cut...]) else {
            Issue.record("not complete at its end")
            return
        }
        #expect(response.status == 201)
        #expect(response.sequence == Array("1.4711".utf8))
        #expect(response.bodyStart == Array("{\"a\": 12}".utf8))
        #expect(!response.closes)
    }

    @Test func `An answer that comes byte by byte, and the next one, are read`() throws {
        var parser = ResponseParser(looksInside: false)
        for _ in 0..<2 {
            var completed = 0
            for index in Self.answer.indices {
                if case .complete = try parser.take(Self.answer[index...index]) { completed += 1 }
            }
            #expect(completed == 1)
        }
    }

    @Test func `Nothing follows a 204, and a closing connection is noticed`() throws {
        var parser = ResponseParser(looksInside: false)
        guard
            case .complete(let response) = try parser.take(
                Array("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".utf8)[...])
        else {
            Issue.record("not complete")
            return
        }
        #expect(response.status == 204)
        #expect(response.closes)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    ]) func `What a benchmark can't count is a fault`(_ text: String) {
        var parser = ResponseParser(looksInside: false)
        #expect(throws: ResponseParser.Fault.self) { try parser.take(Array(text.utf8)[...]) }
    }
}
