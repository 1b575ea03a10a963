import AsyncHTTPClient
import NIOCore

/// One message of a stream of Server-Sent Events.
public struct ServerSentEvent: Equatable, Sendable {
    /// What the stream can be begun after.
    public var id: String?
    /// `message` where the stream names none.
    public var name: String
    public var data: String

    public init(id: String?, name: String, data: String) {
        self.id = id
        self.name = name
        self.data = data
    }
}

/// Reads a stream as https://html.spec.whatwg.org/multipage/server-sent-events.html says, in whatever parts it comes.
struct EventStreamParser {
    /// Bytes that a message may have.
    static let messageBytesMax = 16 << 20

    struct TooLong: Error {}

    private var line: [UInt8] = []
    private var sawReturn = false
    private var id: String?
    private var name = ""
    private var data: [String] = []
    private var bytes = 0
    private var isFirstLine = true

    /// The messages that these bytes complete.
    mutating func take(_ part: some Sequence<UInt8>) throws(TooLong) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in part {
            // Lines end with CR, LF or both.
            if sawReturn, byte == 0x0A {
                sawReturn = false
                continue
            }
            sawReturn = byte == 0x0D
            guard byte == 0x0A || byte == 0x0D else {
                line.append(byte)
                bytes += 1
                guard bytes <= Self.messageBytesMax else { throw TooLong() }
                continue
            }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        guard !text.isEmpty else { return endEvent() }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count > 1 ? parts[1] : ""
        if value.hasPrefix(" ") { value.removeFirst() }
        switch parts[0] {
        case "id": if !value.contains("\0") { id = String(value) }
        case "event": name = String(value)
        case "data": data.append(String(value))
        default: break
        }
        return nil
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            name = ""
            data = []
            bytes = 0
        }
        guard !data.isEmpty else { return nil }
        return ServerSentEvent(id: id, name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"))
    }
}

extension HoldfastClient {
    /// Hands every message of a stream of Server-Sent Events to `body`, one after the other, for ever: where the stream ends, it
    /// is begun anew after the last message that `body` was done with. It is read on when `body` is done with what came.
    ///
    /// - Parameters:
    ///   - path: such as `/api/v1/shows/ID/availability/stream`.
    ///   - start: the id of the last message that was seen; nil: from the stream's beginning.
    /// - Throws: `CancellationError` in the end; ``HoldfastProblem`` where nothing is to be hoped for; what `body` throws.
    public func follow(
        _ path: String, after start: String? = nil, _ body: (ServerSentEvent) async throws -> Void
    ) async throws {
        var last = start
        var failures = 0
        while !Task.isCancelled {
            var asked: Duration?
            let token = lastSeen
            do {
                let response = try await open(path, after: last)
                var parser = EventStreamParser()
                var parts = response.body.makeAsyncIterator()
                while let part = try await Self.next(&parts), let events = Self.events(in: part, &parser) {
                    for event in events {
                        failures = 0
                        try await body(event)
                        last = event.id ?? last
                    }
                }
            } catch let problem as StreamRefused {
                if problem.problem.code == "sequence-lost", forget(token) { continue }
                guard problem.problem.isRetryable else { throw problem.problem }
                asked = problem.problem.retryAfter
            } catch is StreamUnreachable {
                // It is begun anew.
            }
            failures += 1
            try await Task.sleep(for: wait(afterFailures: failures, asked: asked))
        }
        try Task.checkCancellation()
    }

    /// The next part of a stream; nil: it has ended, however it did.
    private static func next(
        _ parts: inout HTTPClientResponse.Body.AsyncIterator
    ) async throws(CancellationError) -> ByteBuffer? {
        do {
            return try await parts.next()
        } catch let error as CancellationError {
            throw error
        } catch {
            return nil
        }
    }

    /// The messages that a part completes; nil: the stream is none that can be read.
    private static func events(in part: ByteBuffer, _ parser: inout EventStreamParser) -> [ServerSentEvent]? {
        do throws(EventStreamParser.TooLong) { return try parser.take(part.readableBytesView) } catch { return nil }
    }
}

/// The server refused to begin a stream. Kept apart from what a stream's reader throws.
struct StreamRefused: Error {
    var problem: HoldfastProblem
}

/// Nobody began a stream.
struct StreamUnreachable: Error {}
