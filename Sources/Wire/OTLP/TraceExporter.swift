import AsyncHTTPClient
public import Logging
import Metrics
import NIOCore
public import ServiceLifecycle
public import Traces

/// Sends finished spans to a collector by OTLP/HTTP, in Protocol Buffers: once a second, or as soon as a batch waits.
///
/// Nobody waits for it. While the collector is away, spans wait in the buffer, then are lost and counted; nothing else is.
public struct TraceExporter: Service {
    private let collector: TraceCollector
    private let service: ServiceIdentity
    private let buffer: SpanBuffer
    private let logger: Logger
    private let interval: Duration

    /// How often it looks whether a batch waits: the buffer holds what a busy node makes in this time.
    private static let lookInterval = Duration.milliseconds(100)

    /// - Parameters:
    ///   - interval: between two exports, while less than a batch waits.
    ///   - logger: told once when the collector can't be reached, and once when it can again.
    public init(
        to collector: TraceCollector, service: ServiceIdentity, buffer: SpanBuffer, interval: Duration = .seconds(1),
        logger: Logger
    ) {
        self.collector = collector
        self.service = service
        self.buffer = buffer
        self.interval = interval
        self.logger = logger
    }

    /// Exports until graceful shutdown, and then, with one try, what has ended by then.
    public func run() async throws {
        let client = OTLPClient(collector)
        let export = SpanExport(client, service, buffer, logger)
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let end = ContinuousClock.now + interval
                repeat {
                    await rest(for: min(interval, Self.lookInterval))
                } while !Task.isCancelled && .now < end && buffer.count < SpanExport.batchSpansMax
                await export.sendAll()
            }
        }
        await export.sendLast()
        try await client.shutdown()
    }
}

/// Sleeps, or until the task is cancelled.
private func rest(for duration: Duration) async {
    do {
        try await Task.sleep(for: duration)
    } catch {
        // Cancelled: whoever called looks.
    }
}

/// What an exporter has in its hands.
private actor SpanExport {
    static let batchSpansMax = 512
    /// What a node that stops gives to its last spans.
    private static let lastBatchesMax = 16
    /// For all of them together, when the node stops.
    private static let lastTime = Duration.seconds(3)

    private let client: OTLPClient
    private let service: ServiceIdentity
    private let buffer: SpanBuffer
    private let logger: Logger
    private let exported = Counter(label: "holdfast_trace_spans_exported")
    /// Taken out of the buffer, and not sent.
    private var batch: [FinishedSpan] = []
    private var isWell = true

    init(_ client: OTLPClient, _ service: ServiceIdentity, _ buffer: SpanBuffer, _ logger: Logger) {
        self.client = client
        self.service = service
        self.buffer = buffer
        self.logger = logger
        exported.increment(by: 0)
    }

    /// Sends what there is, until the task is cancelled.
    func sendAll() async {
        while !Task.isCancelled, takeBatch() {
            var retries = ExportRetries()
            while !Task.isCancelled, !batch.isEmpty, let asked = await send() {
                guard let seconds = retries.pause(asked: asked.seconds, random: .random(in: 0...1)) else {
                    lose(.unsent)
                    break
                }
                await rest(for: .seconds(seconds))
            }
        }
    }

    /// Sends what there is, with one try each; what is not taken is lost.
    func sendLast() async {
        let end = ContinuousClock.now + Self.lastTime
        for _ in 0..<Self.lastBatchesMax where ContinuousClock.now < end && takeBatch() {
            let left = ContinuousClock.now.duration(to: end)
            guard await send(within: TimeAmount(left)) != nil else { continue }
            break
        }
        lose(.unsent)
        buffer.drop(buffer.take(.max).count, .unsent)
    }

    private func takeBatch() -> Bool {
        if batch.isEmpty { batch = buffer.take(Self.batchSpansMax) }
        return !batch.isEmpty
    }

    /// Tries to send the batch. Nil: it is out of the way, taken or not; otherwise what the collector asked for.
    ///
    /// - Parameter limit: in which it has to answer.
    private func send(within limit: TimeAmount = OTLPClient.timeout) async -> Later? {
        do {
            let request = try exportRequest(batch, from: service)
            // Not cancelled when the node stops: the collector may have it already, and would get it twice.
            let posting = Task { [client] in try await client.post(request, within: limit) }
            switch try await posting.value {
            case .taken(let unwanted):
                let rejected = min(unwanted, batch.count)
                exported.increment(by: batch.count - rejected)
                buffer.drop(rejected, .refused)
                batch = []
                report(rejected > 0 ? "it takes some and refuses others" : nil)
                return nil
            case .later(let seconds):
                report("it is busy")
                return Later(seconds: seconds)
            case .refused(let status):
                report("it answers \(status)")
                lose(.refused)
                return nil
            }
        } catch {
            report((error as? HTTPClientError)?.description ?? "\(type(of: error))")
            return Later(seconds: nil)
        }
    }

    private struct Later { var seconds: Double? }

    private func lose(_ loss: SpanBuffer.Loss) {
        buffer.drop(batch.count, loss)
        batch = []
    }

    /// Says when it changes whether the collector takes spans, and nothing in between.
    private func report(_ reason: String?) {
        guard isWell != (reason == nil) else { return }
        isWell = reason == nil
        if let reason {
            logger.warning("the trace collector takes no spans", metadata: ["reason": "\(reason)"])
        } else {
            logger.notice("the trace collector takes spans again")
        }
    }
}
