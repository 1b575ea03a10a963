import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import HoldfastClient

/// A server that answers what it is told to, one answer after the other, and keeps what it was asked.
private final class Scripted: Sendable {
    struct Asked: Sendable {
        var method: String
        var path: String
        var headers: HTTPFields
    }

    private let answers: Mutex<[Response]>
    private let asked = Mutex<[Asked]>([])

    init(_ answers: [Response]) { self.answers = Mutex(answers) }

    var requests: [Asked] { asked.withLock { $0 } }

    func serving(_ body: @Sendable @escaping (String) async throws -> Void) async throws {
        let responder = CallbackResponder { (request: Request, _: BasicRequestContext) in
            self.asked.withLock {
                $0.append(
                    Asked(method: request.method.rawValue, path: request.uri.description, headers: request.headers))
            }
            return self.answers.withLock { $0.isEmpty ? Response(status: .notFound) : $0.removeFirst() }
        }
        try await Application(responder: responder).test(.live) { client in
            try await body("http://127.0.0.1:\(client.port!)")
        }
    }

    static func json(_ status: HTTPResponse.Status, _ text: String, _ headers: HTTPFields = [:]) -> Response {
        Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

@Suite struct `A client` {
    private let quick = RetryPolicy(timeout: .seconds(20), firstWait: .milliseconds(1), longestWait: .milliseconds(5))
    private let sequence = HTTPField.Name("Sequence")!
    private let key = HTTPField.Name("Idempotency-Key")!

    @Test func `sends a command again with the same key, and reads what it did`() async throws {
        let server = Scripted([
            Scripted.json(.serviceUnavailable, #"{"code":"overloaded","retryable":true}"#),
            Scripted.json(.badGateway, "<html>"),
            Scripted.json(.created, #"{"holdId":"h"}"#, [sequence: "1.17"]),
            Scripted.json(.ok, #"{"holds":[]}"#, [sequence: "1.12"]),
            Scripted.json(.ok, #"{"holds":[]}"#),
        ])
        try await server.serving { [quick] url in
            struct Made: Decodable, Sendable { var holdId: String }
            let client = HoldfastClient(url: url, policy: quick) { "secret" }
            let made: Made = try await client.command(.post, "/api/v1/shows/s/holds", body: ["quantity": 2]).decode()
            #expect(made.holdId == "h")
            _ = try await client.get("/api/v1/me/holds")
            _ = try await client.get("/api/v1/me/holds")
            #expect(client.lastSeen == "1.17")
        }
        let asked = server.requests
        #expect(asked.map(\.method) == ["POST", "POST", "POST", "GET", "GET"])
        #expect(Set(asked[..<3].map { $0.headers[key] }).count == 1 && asked[0].headers[key] != nil)
        #expect(asked.allSatisfy { $0.headers[.authorization] == "Bearer secret" })
        let seen = HTTPField.Name("Last-Seen-Sequence")!
        // An older answer does not make the client forget.
        #expect(asked.map { $0.headers[seen] } == [nil, nil, nil, "1.17", "1.17"])
    }

    @Test func `says why it was refused, and does not ask again`() async throws {
        let server = Scripted([
            Scripted.json(
                .conflict, #"{"code":"seats-unavailable","detail":"taken","retryable":false,"conflicts":[1]}"#)
        ])
        try await server.serving { [quick] url in
            let client = HoldfastClient(url: url, policy: quick) { nil }
            let problem = await #expect(throws: HoldfastProblem.self) { try await client.command(.delete, "/x") }
            #expect(problem?.status == 409 && problem?.code == "seats-unavailable" && problem?.detail == "taken")
            let document = String(decoding: problem?.document ?? Data(), as: UTF8.self)
            #expect(document.contains("conflicts"))
        }
        #expect(server.requests.count == 1)
    }

    @Test func `gives up when its time is over`() async throws {
        let policy = RetryPolicy(
            timeout: .milliseconds(300), firstWait: .milliseconds(1), longestWait: .milliseconds(5))
        // A port that nobody has: bound, and not listened on.
        let client = HoldfastClient(url: "http://127.0.0.1:1", policy: policy) { nil }
        await #expect(throws: HoldfastUnreachable.self) { _ = try await client.get("/x") }
    }

    @Test func `reads what there is where a failover cut off what it saw`() async throws {
        let lost = Scripted.json(.conflict, #"{"code":"sequence-lost","retryable":false}"#)
        let server = Scripted([Scripted.json(.ok, "{}", [sequence: "1.17"]), lost, Scripted.json(.ok, "{}"), lost])
        try await server.serving { [quick] url in
            let client = HoldfastClient(url: url, policy: quick) { nil }
            _ = try await client.get("/a")
            _ = try await client.get("/b")
            // What has no token to forget is a problem.
            await #expect(throws: HoldfastProblem.self) { _ = try await client.get("/c") }
        }
        let seen = HTTPField.Name("Last-Seen-Sequence")!
        #expect(server.requests.map { $0.headers[seen] } == [nil, "1.17", nil, nil])
    }

    private func feed(_ events: [(id: String, previous: String)]) -> Response {
        let text = events.map { id, previous in
            "id: \(id)\nevent: event\ndata: {\"id\":\"\(id)\",\"type\":\"holdfast.SeatsSold.v1\",\"sequence\":\"\(id)\",\"previous\":\"\(previous)\"}\n\n"
        }.joined()
        return Scripted.json(.ok, text, [.contentType: "text/event-stream"])
    }

    private struct Enough: Error {}

    @Test func `follows the feed through ends, from where it was`() async throws {
        let server = Scripted([
            feed([("2", "1"), ("3", "2")]), Scripted.json(.serviceUnavailable, "{}"), feed([("5", "3"), ("6", "5")]),
        ])
        try await server.serving { [quick] url in
            let client = HoldfastClient(url: url, policy: quick) { nil }
            let kept = Mutex<[String]>([])
            await #expect(throws: Enough.self) {
                try await client.followFeed(after: "1", types: ["SeatsSold"]) { event in
                    if event.id == "6" { throw Enough() }
                } keep: { sequence in
                    kept.withLock { $0.append(sequence) }
                }
            }
            #expect(kept.withLock { $0 } == ["2", "3", "5"])
        }
        let last = HTTPField.Name("Last-Event-ID")!
        #expect(server.requests.map { $0.headers[last] } == ["1", "3", "3"])
        #expect(server.requests[0].path == "/api/v1/events?types=SeatsSold")
    }

    /// A body that breaks off in the middle, as that of a node that was killed.
    @Test func `follows the feed through a connection that breaks`() async throws {
        let whole = "id: 2\ndata: {\"id\":\"2\",\"type\":\"t\",\"sequence\":\"2\",\"previous\":\"1\"}\n\n"
        struct Cut: Error {}
        let broken = Response(
            status: .ok,
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: whole + "id: 3\ndata: {"))
                throw Cut()
            })
        let server = Scripted([broken, feed([("3", "2")])])
        try await server.serving { [quick] url in
            let client = HoldfastClient(url: url, policy: quick) { nil }
            await #expect(throws: Enough.self) {
                try await client.followFeed(after: "1") { event in
                    if event.id == "3" { throw Enough() }
                } keep: { _ in
                }
            }
        }
        #expect(server.requests.count == 2)
    }

    /// What the reader throws is not taken for the connection's.
    @Test func `hands on what its reader throws`() async throws {
        let server = Scripted([feed([("2", "1")])])
        try await server.serving { [quick] url in
            let client = HoldfastClient(url: url, policy: quick) { nil }
            await #expect(throws: HoldfastUnreachable.self) {
                try await client.followFeed(after: "1") { _ in
                    throw HoldfastUnreachable(reason: "mine")
                } keep: { _ in
                }
            }
        }
        #expect(server.requests.count == 1)
    }

    @Test func `finds a gap in the feed`() async throws {
        let server = Scripted([feed([("2", "1"), ("4", "3")])])
        try await server.serving { [quick] url in
            let client = HoldfastClient(url: url, policy: quick) { nil }
            await #expect(throws: FeedGap(last: "2", previous: "3")) {
                try await client.followFeed(after: "1") { _ in
                } keep: { _ in
                }
            }
        }
    }
}
