import Foundation
import HTTPServer
import NIOCore
import Testing

/// What callers see of a server that is told to stop, over real sockets: everything that has begun is answered.
@Suite("A server that stops", .timeLimit(.minutes(5)))
struct ShutdownTests {
    private static let get = "GET /api/v1/shows/s1 HTTP/1.1\r\nHost: x\r\n"
    private static let post = "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n"

    private static var limits: ServerLimits {
        var limits = ServerLimits()
        limits.shutdownReadTimeout = .seconds(3)
        limits.shutdownIdleTimeout = .seconds(2)
        limits.lingerTimeout = .milliseconds(300)
        return limits
    }

    /// Runs `body` on a connection over which a request was answered before; it tells the server to stop.
    private func stopping(
        limits: ServerLimits = limits,
        _ body:
            @escaping @Sendable (inout RawConnection.Session, _ stop: @Sendable () async -> Void) async throws -> Void
    ) async throws {
        try await TestServer.run(limits: limits) { port, stop in
            try await RawConnection.open(port: port) { session in
                try await session.send(Self.get + "\r\n")
                #expect(try await session.readResponse().headers["connection"] == nil)
                try await body(&session, stop)
            }
        }
    }

    @Test("A request whose headers have begun to arrive is answered, and told that it was the last")
    func partOfHeaders() async throws {
        try await stopping { session, stop in
            try await session.send(Self.get)
            try await Task.sleep(for: .milliseconds(100))
            await stop()
            try await session.send("\r\n")
            let response = try await session.readResponse()
            #expect(response.status == 200)
            #expect(response.headers["connection"] == "close")
            #expect(try await session.readToEnd() == "")
        }
    }

    @Test("A request whose body has begun to arrive is answered")
    func partOfBody() async throws {
        try await stopping { session, stop in
            try await session.send(Self.post + #"{"seats""#)
            try await Task.sleep(for: .milliseconds(100))
            await stop()
            try await session.send(":[]}")
            let response = try await session.readResponse()
            #expect(response.status == 201)
            #expect(response.headers["connection"] == "close")
            #expect(try await session.readToEnd() == "")
        }
    }

    @Test("A request that does not arrive in time is told that the service is shutting down")
    func neverWhole() async throws {
        var limits = Self.limits
        limits.shutdownReadTimeout = .milliseconds(500)
        for start in [Self.get, Self.post + "{"] {
            try await stopping(limits: limits) { session, stop in
                try await session.send(start)
                try await Task.sleep(for: .milliseconds(100))
                await stop()
                let response = try await session.readResponse()
                #expect(response.status == 503)
                #expect(response.code == "shutting-down")
                #expect(response.headers["connection"] == "close")
                #expect(try await session.readToEnd() == "")
            }
        }
    }

    @Test("A request that is being worked on is answered, and one that came behind it as well")
    func inProgress() async throws {
        try await stopping { session, stop in
            try await session.send(
                "GET /api/v1/slow HTTP/1.1\r\nHost: x\r\n\r\n" + Self.post + #"{"seats":[]}"#)
            try await Task.sleep(for: .milliseconds(100))
            await stop()
            let slow = try await session.readResponse()
            #expect(slow.body == #"{"slow":true}"#)
            #expect(slow.headers["connection"] == nil)
            let last = try await session.readResponse()
            #expect(last.status == 201)
            #expect(last.headers["connection"] == "close")
            #expect(try await session.readToEnd() == "")
        }
    }

    @Test("A request that was on its way is answered")
    func onItsWay() async throws {
        try await stopping { session, stop in
            await stop()
            try await session.send(Self.get + "\r\n")
            let response = try await session.readResponse()
            #expect(response.status == 200)
            #expect(response.headers["connection"] == "close")
            #expect(try await session.readToEnd() == "")
        }
    }

    @Test("Whoever keeps sending is told to stop, and loses no answer")
    func busy() async throws {
        let (answers, answer) = AsyncStream<Void>.makeStream(bufferingPolicy: .unbounded)
        try await TestServer.run(limits: Self.limits) { port, stop in
            try await withThrowingTaskGroup { group in
                for _ in 0..<32 {
                    group.addTask {
                        try await RawConnection.open(port: port) { session in
                            var isFirst = true
                            while true {
                                try await session.send(Self.post + #"{"seats":[]}"#)
                                let response = try await session.readResponse()
                                #expect(response.status == 201)
                                if isFirst { answer.yield() }
                                isFirst = false
                                if response.headers["connection"] == "close" { return }
                            }
                        }
                    }
                }
                // A connection that nobody has accepted yet ends with the listening socket.
                var count = 0
                for await _ in answers {
                    count += 1
                    if count == 32 { break }
                }
                await stop()
                try await group.waitForAll()
            }
        }
    }

    @Test("A connection without a request is closed, and no new one is taken")
    func idle() async throws {
        try await TestServer.run(limits: Self.limits) { port, stop in
            try await RawConnection.open(port: port) { session in
                try await session.send(Self.get + "\r\n")
                _ = try await session.readResponse()
                await stop()
                let stopped = ContinuousClock.now
                #expect(try await session.readToEnd() == "")
                #expect(stopped.duration(to: .now) < .seconds(5))
            }
            await #expect(throws: (any Error).self) {
                try await RawConnection.open(port: port) { session in _ = try await session.readResponse() }
            }
        }
    }
}
