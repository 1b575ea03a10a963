import EventLog
import Testing

@testable import Fanout

/// What a subscriber makes of a publisher that is none of ours.
@Suite(.timeLimit(.minutes(2))) struct HostilePublisherTests {
    private struct RawPublisher {
        let socket: ZeroMQSocket
        let endpoint: FanoutEndpoint

        init() throws {
            socket = try ZeroMQSocket(.publish, in: ZeroMQContext())
            try socket.setOptions(SocketOptions(messageBytesMax: -1))
            try socket.bind("ipc://*")
            endpoint = try FanoutEndpoint(socket.lastEndpoint())
        }

        /// Says `frames` until `heard`.
        func send(_ frames: [[UInt8]], until heard: () -> Bool) async throws {
            while !heard() {
                _ = try socket.send(frames: frames)
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func `Malformed messages are counted, logged at a bounded rate, and harm nothing`() async throws {
        let raw = try RawPublisher()
        let log = LogRecorder()
        let subscriber = try makeSubscriber(to: [raw.endpoint], logger: log.logger)
        let valid = CommittedBatch(head: LogPosition(epoch: 1, position: 1)).encode()
        try await raw.send([valid]) { subscriber.statistics.messages > 0 }
        let malformed: [[[UInt8]]] = [
            [[]], [[0xFF]], [valid, valid], [[UInt8](repeating: 0, count: 100_000)], [valid + [0x1A, 0x7F]],
            [[UInt8]](repeating: [1, 2, 3], count: 500),
        ]
        for round in 1...50 {
            for frames in malformed { _ = try raw.socket.send(frames: frames) }
            try await eventually { subscriber.statistics.malformed == round * malformed.count }
        }
        _ = try raw.socket.send(CommittedBatch(head: LogPosition(epoch: 1, position: 2)).encode())
        var reader = BatchReader(subscriber)
        #expect(try await reader.next { $0.head == 2 }.epoch == 1)
        let lines = log.lines.filter { $0.contains("malformed") }
        #expect((1...150).contains(lines.count))
        try await subscriber.shutdown()
        raw.socket.close()
    }

    @Test func `A message over the limit is never received, and the next ones are`() async throws {
        let raw = try RawPublisher()
        let subscriber = try makeSubscriber(to: [raw.endpoint]) {
            $0.messageBytesMax = 1000
            $0.silenceLimit = .milliseconds(500)
        }
        let valid = CommittedBatch(head: LogPosition(epoch: 1, position: 1)).encode()
        try await raw.send([valid]) { subscriber.statistics.messages > 0 }
        let before = subscriber.statistics
        for _ in 0..<5 { _ = try raw.socket.send([UInt8](repeating: 0, count: 1001)) }
        let later = CommittedBatch(head: LogPosition(epoch: 1, position: 2)).encode()
        // libzmq gives the connection up for ever; a new one is made after the silence.
        try await raw.send([later]) { subscriber.statistics.messages > before.messages + 1 }
        var reader = BatchReader(subscriber)
        #expect(try await reader.next { $0.head == 2 }.epoch == 1)
        let after = subscriber.statistics
        #expect(after.malformed == 0)
        #expect(after.bytes <= after.messages * max(valid.count, later.count))
        try await subscriber.shutdown()
        raw.socket.close()
    }
}
