import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import SwiftProtobuf

/// Posts export requests to one URL.
struct OTLPClient: Sendable {
    /// In which an answer has to be there, to its last byte.
    static let timeout = TimeAmount.seconds(5)
    private static let connectTimeout = TimeAmount.seconds(2)
    private static let answerBytesMax = 64 * 1024

    private let collector: TraceCollector
    private let client: HTTPClient

    init(_ collector: TraceCollector) {
        self.collector = collector
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: Self.connectTimeout, read: Self.timeout))
        settings.connectionPool.retryConnectionEstablishment = false
        if let authorities = collector.authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authorities)
            settings.tlsConfiguration = tls
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    /// Ends the connections; no call may follow.
    func shutdown() async throws { try await client.shutdown() }

    /// - Parameters:
    ///   - body: of an `ExportTraceServiceRequest`.
    ///   - limit: in which an answer has to be there.
    /// - Throws: where there is no whole answer.
    func post(_ body: [UInt8], within limit: TimeAmount = timeout) async throws -> ExportVerdict {
        var request = HTTPClientRequest(url: collector.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-protobuf")
        request.headers.add(name: "User-Agent", value: "Holdfast")
        for (name, value) in collector.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let deadline = NIODeadline.now() + limit
        let response = try await client.execute(request, deadline: deadline)
        var answer: [UInt8] = []
        for try await part in response.body {
            guard NIODeadline.now() < deadline, answer.count + part.readableBytes <= Self.answerBytesMax else {
                throw HTTPClientError.deadlineExceeded
            }
            answer += part.readableBytesView
        }
        return ExportVerdict(
            status: response.status.code, retryAfter: response.headers.first(name: "Retry-After"),
            rejected: Self.rejected(response.headers.first(name: "Content-Type"), answer))
    }

    /// The number of spans that the collector does not want. Most say nothing, or answer in JSON, which is not looked at.
    private static func rejected(_ type: String?, _ answer: [UInt8]) -> Int {
        guard type == "application/x-protobuf", !answer.isEmpty else { return 0 }
        do {
            let response = try Holdfast_Otlp_V1_ExportTraceServiceResponse(serializedBytes: answer)
            return Int(clamping: max(response.partialSuccess.rejectedSpans, 0))
        } catch {
            // The spans are taken, as the status says.
            return 0
        }
    }
}
