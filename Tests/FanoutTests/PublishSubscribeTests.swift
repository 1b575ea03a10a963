import EventLog
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Fanout

@Suite(.timeLimit(.minutes(2))) struct PublishSubscribeTests {
    private let folder: TemporaryFolder
    /// For publishers that come and go: nobody else takes it while there is none.
    private var reserved: String { "ipc://\(folder.path)/reserved" }

    init() throws { folder = try TemporaryFolder() }

    @Test func `Batches arrive in the order of their publication`() async throws {
        let publisher = try makePublisher()
        // Room for every statement of the head that a busy machine lets pile up.
        let subscriber = try makeSubscriber(to: publisher.endpoints) {
            $0.bufferLimit = 1_000_000
            $0.intakeLimit = 1_000_000
        }
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        for position in Int64(1)...500 { publisher.post(makeBatch(first: position)) }
        for position in Int64(1)...500 {
            #expect(try await reader.nextEvents() == makeBatch(first: position))
        }
        #expect(subscriber.statistics.dropped == 0)
        #expect(subscriber.statistics.malformed == 0)
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `A unix-domain socket carries a batch with all its parts`() async throws {
        let publisher = try makePublisher(on: ["ipc://\(folder.path)/a"])
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        let batch = makeBatch(epoch: 2, first: 7, count: 30, payloadBytes: 300, head: 99, trace: "00-1-2-03")
        publisher.post(batch)
        #expect(try await reader.nextEvents() == batch)
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `A publisher can be reached on several endpoints`() async throws {
        let publisher = try makePublisher(on: ["ipc://\(folder.path)/a", "ipc://*"])
        #expect(publisher.endpoints.count == 2)
        #expect(!publisher.endpoints[1].hasWildcard)
        for endpoint in publisher.endpoints {
            let subscriber = try makeSubscriber(to: [endpoint])
            var reader = BatchReader(subscriber)
            _ = try await reader.nextHead()
            try await subscriber.shutdown()
        }
        try await publisher.shutdown()
    }

    @Test func `One subscriber hears several publishers`() async throws {
        let publishers = try (0..<3).map { _ in try makePublisher() }
        let subscriber = try makeSubscriber(to: publishers.flatMap(\.endpoints))
        var reader = BatchReader(subscriber)
        for (index, publisher) in publishers.enumerated() {
            publisher.state(head: LogPosition(epoch: 1, position: Int64(index + 1) * 1000))
        }
        var heard: Set<Int64> = []
        while !heard.isSuperset(of: [1000, 2000, 3000]) { heard.insert(try await reader.nextHead().head) }
        for (index, publisher) in publishers.enumerated() {
            publisher.post(makeBatch(first: Int64(index + 1) * 1000 + 1))
        }
        var positions: Set<Int64> = []
        while positions.count < 3 { positions.insert(try await reader.nextEvents().events[0].position) }
        #expect(positions == [1001, 2001, 3001])
        try await subscriber.shutdown()
        for publisher in publishers { try await publisher.shutdown() }
    }

    @Test func `Who joins late hears what comes from then on, and the head`() async throws {
        let publisher = try makePublisher()
        for position in Int64(1)...10 { publisher.post(makeBatch(first: position)) }
        try await eventually { publisher.statistics.messages >= 10 }
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(subscriber)
        #expect(try await reader.next { _ in true }.head == 10)
        publisher.post(makeBatch(first: 11))
        #expect(try await reader.nextEvents().positions == 11...11)
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `A subscriber may be there before its publisher`() async throws {
        let address = "ipc://\(folder.path)/later"
        let subscriber = try makeSubscriber(to: [endpoint(address)])
        var reader = BatchReader(subscriber)
        let publisher = try makePublisher(on: [address])
        #expect(try await reader.nextHead().head == 0)
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `A subscriber hears a publisher that was restarted on the same endpoint`() async throws {
        let first = try makePublisher(on: [reserved])
        let subscriber = try makeSubscriber(to: first.endpoints)
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        try await first.shutdown()
        let second = try makePublisher(on: [reserved])
        second.state(head: LogPosition(epoch: 1, position: 77))
        #expect(try await reader.next { $0.head == 77 }.events.isEmpty)
        second.post(makeBatch(first: 78))
        #expect(try await reader.nextEvents().positions == 78...78)
        try await subscriber.shutdown()
        try await second.shutdown()
    }

    @Test func `A publisher that falls silent is reported, connected to anew, and heard again`() async throws {
        let log = LogRecorder()
        let publisher = try makePublisher(on: [reserved])
        let subscriber = try makeSubscriber(to: publisher.endpoints, logger: log.logger) {
            $0.silenceLimit = .milliseconds(300)
        }
        #expect(subscriber.statistics.silentEndpoints == 1)
        try await eventually { subscriber.statistics.silentEndpoints == 0 }
        try await publisher.shutdown()
        try await eventually { subscriber.statistics.silentEndpoints == 1 }
        let again = try makePublisher(on: [reserved])
        try await eventually { subscriber.statistics.silentEndpoints == 0 }
        #expect(log.lines.contains { $0.contains("is silent") })
        try await eventually { log.lines.count { $0.contains("hearing a publisher") } >= 2 }
        try await subscriber.shutdown()
        try await again.shutdown()
    }

    @Test func `The head is stated while nothing happens, and never goes back`() async throws {
        let publisher = try makePublisher()
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        publisher.post(makeBatch(first: 5, count: 3, head: 7))
        _ = try await reader.nextEvents()
        publisher.state(head: LogPosition(epoch: 1, position: 3))
        for _ in 0..<3 {
            #expect(try await reader.nextHead() == CommittedBatch(head: LogPosition(epoch: 1, position: 7)))
        }
        publisher.state(head: LogPosition(epoch: 2, position: 6))
        #expect(try await reader.next { $0.epoch == 2 } == CommittedBatch(head: LogPosition(epoch: 2, position: 6)))
        #expect(publisher.statistics.headStatements >= 4)
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `A batch without events states the head at once`() async throws {
        let publisher = try makePublisher { $0.headInterval = .seconds(3600) }
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(subscriber)
        // Nobody says when the connection is up, so it is said again until it is heard.
        let speaking = Task {
            while !Task.isCancelled {
                publisher.post(CommittedBatch(head: LogPosition(epoch: 1, position: 5)))
                do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
            }
        }
        #expect(try await reader.nextHead().head == 5)
        speaking.cancel()
        await speaking.value
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `Of a batch over the limits the head arrives`() async throws {
        let publisher = try makePublisher { $0.messageBytesMax = 2000 }
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        publisher.post(makeBatch(first: 1, count: 100, payloadBytes: 100))
        #expect(try await reader.next { $0.head == 100 }.events.isEmpty)
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `A batch that contradicts itself is not sent`() async throws {
        let log = LogRecorder()
        let publisher = try makePublisher(logger: log.logger)
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        var broken = makeBatch(first: 1, count: 2)
        broken.events[1].position = 9
        publisher.post(broken)
        publisher.post(makeBatch(first: 1))
        #expect(try await reader.nextEvents() == makeBatch(first: 1))
        #expect(publisher.statistics.batchesNotSent == 1)
        #expect(log.lines.contains { $0.contains("contradicts itself") })
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `Who reads slowly sees a gap, and how much was dropped is counted`() async throws {
        let publisher = try makePublisher { $0.headInterval = .seconds(3600) }
        let subscriber = try makeSubscriber(to: publisher.endpoints) { $0.bufferLimit = 4 }
        // Nobody reads. Statements are sent until one arrives, to know that the connection is up.
        while subscriber.statistics.messages == 0 {
            publisher.post(CommittedBatch(head: LogPosition(epoch: 1, position: 0)))
            try await Task.sleep(for: .milliseconds(1))
        }
        for position in Int64(1)...100 { publisher.post(makeBatch(first: position, payloadBytes: 10_000)) }
        try await eventually { subscriber.statistics.bytes > 100 * 10_000 }
        try await eventually { subscriber.statistics.dropped == subscriber.statistics.messages - 4 }
        var reader = BatchReader(subscriber)
        #expect(try await reader.next { _ in true }.positions == 97...97)
        for position in Int64(98)...100 {
            #expect(try await reader.next { _ in true }.positions == position...position)
        }
        try await subscriber.shutdown()
        try await publisher.shutdown()
    }

    @Test func `A subscriber that stopped reading slows neither the publisher nor the others`() async throws {
        let publisher = try makePublisher {
            $0.sendQueueLimit = 10
            $0.linger = .milliseconds(100)
        }
        let stalled = try StalledPeer(path: String(publisher.endpoints[0].description.dropFirst("ipc://".count)))
        try stalled.awaitFirstByte()
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        // 64 MB, far more than ten messages and the kernel's buffers.
        for position in Int64(1)...1000 {
            publisher.post(makeBatch(first: position, payloadBytes: 65_536))
            #expect(try await reader.nextEvents().events[0].position == position)
        }
        try await subscriber.shutdown()
        try await publisher.shutdown()
        withExtendedLifetime(stalled) {}
    }

    @Test func `Closed or full, a publisher drops and says so`() async throws {
        let publisher = try makePublisher()
        try await publisher.shutdown()
        publisher.post(makeBatch(first: 1))
        #expect(publisher.statistics.batchesNotSent == 1)
        let outbox = Outbox(pendingLimit: 1, wakeUp: try WakeUp())
        #expect(outbox.post(makeBatch(first: 1)))
        #expect(!outbox.post(makeBatch(first: 2)))
        #expect(outbox.take().batches == [makeBatch(first: 1)])
        #expect(outbox.post(makeBatch(first: 2)))
        #expect(outbox.statistics.withLock { $0.batchesNotSent } == 1)
    }

    @Test func `What was published before the shutdown still arrives`() async throws {
        let publisher = try makePublisher()
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        for position in Int64(1)...200 { publisher.post(makeBatch(first: position, payloadBytes: 1000)) }
        try await publisher.shutdown()
        for position in Int64(1)...200 { #expect(try await reader.nextEvents().events[0].position == position) }
        try await subscriber.shutdown()
    }

    @Test func `A service group shuts both down, and the stream ends`() async throws {
        let publisher = try makePublisher(on: [reserved])
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: publisher), .init(service: subscriber)], logger: quiet))
        async let running: Void = group.run()
        var reader = BatchReader(subscriber)
        _ = try await reader.nextHead()
        await group.triggerGracefulShutdown()
        try await running
        await #expect(throws: StreamEnded.self) { _ = try await reader.next { $0.head == -1 } }
        // The port is free again.
        try await makePublisher(on: [reserved]).shutdown()
    }

    @Test func `Cancellation ends both`() async throws {
        let publisher = try makePublisher()
        let subscriber = try makeSubscriber(to: publisher.endpoints)
        let running = Task {
            async let first: Void = publisher.run()
            async let second: Void = subscriber.run()
            _ = try await (first, second)
        }
        running.cancel()
        try await running.value
    }

    @Test func `Forgotten without a shutdown, a publisher frees its port`() async throws {
        // A socket's file is taken over by whoever binds it; a port is not.
        let port = ReservedPort()
        let reserved = "tcp://127.0.0.1:\(port.number)"
        let server = try CurveKeyPair.generate()
        let security = PublisherSecurity.curve(server: server, allowedClients: [server.publicKey])
        var publisher: Publisher? = try makePublisher(on: [reserved], security: security)
        #expect(publisher?.endpoints.map(\.description) == [reserved])
        #expect(throws: FanoutError.self) { try makePublisher(on: [reserved], security: security) }
        publisher = nil
        var again: Publisher?
        while again == nil {
            do {
                again = try makePublisher(on: [reserved], security: security)
            } catch let error as FanoutError where error.underlying?.code == .addressInUse {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        try await again?.shutdown()
    }
}
