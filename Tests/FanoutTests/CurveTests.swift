import EventLog
import Testing

@testable import Fanout

@Suite(.timeLimit(.minutes(2))) struct CurveTests {
    let server: CurveKeyPair
    let client: CurveKeyPair
    let stranger: CurveKeyPair

    init() throws {
        server = try .generate()
        client = try .generate()
        stranger = try .generate()
    }

    private var guarded: PublisherSecurity { .curve(server: server, allowedClients: [client.publicKey]) }

    private func key(
        _ pair: CurveKeyPair, _ server: CurveKeyPair, at endpoints: [FanoutEndpoint]
    ) -> SubscriberSecurity {
        .curve(client: pair, servers: Dictionary(uniqueKeysWithValues: endpoints.map { ($0, server.publicKey) }))
    }

    @Test func `An allowed client hears everything; a stranger and an impostor's victim nothing`()
        async throws
    {
        let log = LogRecorder()
        let publisher = try makePublisher(security: guarded, logger: log.logger)
        let endpoints = publisher.endpoints
        let shutOut = [
            try makeSubscriber(to: endpoints, security: key(stranger, server, at: endpoints)),
            try makeSubscriber(to: endpoints, security: key(client, stranger, at: endpoints)),
        ]
        #expect(throws: FanoutError.self) { try makeSubscriber(to: endpoints) }
        let allowed = try makeSubscriber(to: endpoints, security: key(client, server, at: endpoints))
        var reader = BatchReader(allowed)
        _ = try await reader.nextHead()
        try await eventually { log.lines.contains { $0.contains("client key not allowed") } }
        // The others came first, and try again ten times a second.
        for position in Int64(1)...50 {
            publisher.post(makeBatch(first: position))
            #expect(try await reader.nextEvents().positions == position...position)
            _ = try await reader.nextHead()
        }
        #expect(shutOut.map(\.statistics.messages) == [0, 0])
        let refusals = log.lines.filter { $0.contains("refused") }
        #expect(refusals.allSatisfy { $0.contains(stranger.publicKey.description) && $0.contains("127.0.0.1") })
        for subscriber in shutOut + [allowed] { try await subscriber.shutdown() }
        try await publisher.shutdown()
    }

    @Test func `A subscriber that expects a key does not believe a publisher without one`() async throws {
        let publisher = try makePublisher()
        let suspicious = try makeSubscriber(
            to: publisher.endpoints, security: key(client, server, at: publisher.endpoints))
        let trusting = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(trusting)
        for _ in 0..<20 { _ = try await reader.nextHead() }
        #expect(suspicious.statistics.messages == 0)
        try await suspicious.shutdown()
        try await trusting.shutdown()
        try await publisher.shutdown()
    }

    @Test func `A client that was refused is heard again once it is allowed`() async throws {
        let log = LogRecorder()
        // A path of its own: a port could be somebody else's by the time it is bound again.
        let folder = try TemporaryFolder()
        let strict = try makePublisher(
            on: ["ipc://\(folder.path)/a"], security: .curve(server: server, allowedClients: [stranger.publicKey]),
            logger: log.logger)
        let endpoints = strict.endpoints
        let subscriber = try makeSubscriber(
            to: endpoints, security: key(client, server, at: endpoints), logger: log.logger
        ) { $0.silenceLimit = .milliseconds(500) }
        try await eventually { log.lines.contains { $0.contains("client key not allowed") } }
        try await eventually { log.lines.contains { $0.contains("is silent") } }
        #expect(subscriber.statistics.silentEndpoints == 1)
        try await strict.shutdown()
        let lenient = try makePublisher(on: endpoints.map(\.description), security: guarded)
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        #expect(subscriber.statistics.silentEndpoints == 0)
        try await subscriber.shutdown()
        try await lenient.shutdown()
    }

    @Test func `With keys, any endpoint can be bound, and each publisher has its own`() async throws {
        let other = try CurveKeyPair.generate()
        let inClear = try makePublisher()
        let first = try makePublisher(on: ["tcp://*:*"], security: guarded)
        let second = try makePublisher(
            on: ["tcp://0.0.0.0:*"], security: .curve(server: other, allowedClients: [client.publicKey]))
        let endpoints = try [first, second].map { publisher in
            let port = try #require(publisher.endpoints[0].description.split(separator: ":").last)
            return try endpoint("tcp://127.0.0.1:\(port)")
        }
        let subscriber = try makeSubscriber(
            to: endpoints + inClear.endpoints,
            security: .curve(client: client, servers: [endpoints[0]: server.publicKey, endpoints[1]: other.publicKey]))
        for (position, publisher) in [first, second, inClear].enumerated() {
            publisher.state(head: LogPosition(epoch: 1, position: Int64(position + 1)))
        }
        var reader = BatchReader(subscriber)
        var heard: Set<Int64> = []
        while !heard.isSuperset(of: [1, 2, 3]) { heard.insert(try await reader.nextHead().head) }
        try await subscriber.shutdown()
        for publisher in [first, second, inClear] { try await publisher.shutdown() }
    }

    @Test(arguments: ["tcp://*:*", "tcp://0.0.0.0:*", "tcp://[::]:*", "tcp://127.0.0.1:*", "tcp://eth0:7000"])
    func `An endpoint that strangers reach is not bound in clear`(_ text: String) throws {
        for endpoints in [[text], ["ipc://*", text]] {
            #expect { try makePublisher(on: endpoints) } throws: {
                ($0 as? FanoutError)?.code == .insecureEndpoint && "\($0)".contains("CURVE")
            }
        }
    }

    @Test func `An empty list of allowed clients is refused`() {
        #expect { try makePublisher(security: .curve(server: server, allowedClients: [])) } throws: {
            ($0 as? FanoutError)?.code == .insecureEndpoint
        }
    }

    @Test func `A publisher elsewhere is not believed without its key`() throws {
        let elsewhere = try endpoint("tcp://192.0.2.1:7000")
        for security in [.local, key(client, server, at: [try endpoint("tcp://192.0.2.1:7001")])]
            as [SubscriberSecurity]
        {
            #expect { try makeSubscriber(to: [elsewhere], security: security) } throws: {
                ($0 as? FanoutError)?.code == .insecureEndpoint
            }
        }
    }

    @Test func `A publisher that can't be made leaves nothing behind`() async throws {
        let first = try makePublisher(security: guarded)
        for _ in 0..<20 {
            #expect { try makePublisher(on: first.endpoints.map(\.description), security: guarded) } throws: {
                ($0 as? FanoutError)?.underlying?.code == .addressInUse
            }
        }
        try await first.shutdown()
    }

    @Test func `Configurations out of range are refused`() throws {
        func refused(_ body: () throws -> Any) -> Bool {
            do {
                _ = try body()
                return false
            } catch {
                return (error as? FanoutError)?.code == .invalidConfiguration
            }
        }
        #expect(refused { try makePublisher(on: []) })
        #expect(refused { try makePublisher { $0.sendQueueLimit = 0 } })
        #expect(refused { try makePublisher { $0.linger = .seconds(-1) } })
        #expect(refused { try makePublisher { $0.headInterval = .zero } })
        let somewhere = try endpoint("ipc:///tmp/nobody")
        #expect(refused { try makeSubscriber(to: []) })
        #expect(refused { try makeSubscriber(to: [somewhere, somewhere]) })
        #expect(refused { try makeSubscriber(to: [somewhere]) { $0.bufferLimit = 0 } })
    }
}
