import Foundation
import Glibc
import Logging
import Postgres
import TestSupport
import Testing

@Suite("A session on its user's own thread")
struct PostgresSessionTests {
    private static let one = PostgresStatement(name: "one", sql: "SELECT 1")

    private static func session(_ conninfo: String, statementTimeout: Duration = .seconds(20)) -> PostgresSession {
        PostgresSession(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "test", statementTimeout: statementTimeout), logger: .test)
    }

    /// Why it is not connected yet; nil: it is. Takes no longer than a thread with others to serve can wait.
    private static func refusal(_ session: PostgresSession) -> PostgresError? {
        let began = ContinuousClock.now
        defer { #expect(ContinuousClock.now - began < .seconds(10), "the thread was held up") }
        do throws(PostgresError) {
            try session.connect()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "connects beside it: whatever blocks libpq, as slow names do, holds up nobody, and the connection still comes")
    func slowNames() async throws {
        try await TestDatabase.with { database in
            try await withTemporaryFolder { folder in
                // libpq opens this file before it connects, and that blocks until somebody writes to it.
                let pipe = folder.appending(path: "services").path
                try #require(mkfifo(pipe, 0o600) == 0)
                setenv("PGSERVICEFILE", pipe, 1)
                let session = Self.session("service=slow")
                for _ in 1...3 {
                    let error = Self.refusal(session)
                    #expect(error?.code == .unreachable)
                    #expect(error?.fate == .neverSent)
                }
                #expect(throws: PostgresError.self) { try session.send(Self.one, PostgresParameters()) }

                // The last of two equal keys counts in a connection string, the first in a file.
                let settings = database.adminConninfo.split(separator: " ").reversed().joined(separator: "\n")
                let file = open(pipe, O_WRONLY | O_NONBLOCK)
                try #require(file >= 0, "nobody reads: the connection is not being made")
                let text = Array("[slow]\n\(settings)\n".utf8)
                #expect(write(file, text, text.count) == text.count)
                close(file)
                try await eventually("it is connected") { Self.refusal(session) == nil }
                try session.send(Self.one, PostgresParameters())
                var answer: PostgresResult?
                while answer == nil { answer = try session.answer(within: .milliseconds(100)) }
                #expect(try answer?.int32(0, 0) == 1)
            }
        }
    }

    @Test("gives a server that takes connections and says nothing its time, once, and then tries again")
    func silentServer() async throws {
        let server = try SilentServer()
        let session = Self.session(
            "host=127.0.0.1 port=\(server.port) sslmode=disable gssencmode=disable",
            statementTimeout: .milliseconds(700))
        let began = ContinuousClock.now
        #expect(Self.refusal(session)?.message == "the connection is still being made")
        try await eventually("the attempt is over") {
            Self.refusal(session)?.message != "the connection is still being made"
        }
        #expect(ContinuousClock.now - began > .milliseconds(600))
        #expect(server.connectionCount() == 1)
        #expect(Self.refusal(session)?.code == .unreachable)
        try await eventually("there is another attempt") { server.connectionCount() == 1 }
    }

    @Test("says of a server that is not there that nothing was sent")
    func absentServer() async throws {
        let port = ReservedPort()
        let session = Self.session("host=127.0.0.1 port=\(port.number)")
        try await eventually("it is refused") {
            let error = Self.refusal(session)
            #expect(error?.code == .unreachable && error?.fate == .neverSent)
            return error?.message.contains("refused") == true
        }
    }

    /// Listens, and lets the kernel take connections.
    private final class SilentServer {
        let port: UInt16
        private let socket: Int32

        init() throws {
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
                }
            }
            self.socket = socket
            port = UInt16(bigEndian: address.sin_port)
            try #require(isBound && listen(socket, 16) == 0 && fcntl(socket, F_SETFL, O_NONBLOCK) == 0)
        }

        deinit { close(socket) }

        /// How many connections came since it was asked last.
        func connectionCount() -> Int {
            var count = 0
            while case let peer = accept(socket, nil, nil), peer >= 0 {
                close(peer)
                count += 1
            }
            return count
        }
    }
}
