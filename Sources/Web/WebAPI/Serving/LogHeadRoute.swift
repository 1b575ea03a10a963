import HTTPTypes
public import Hummingbird
public import NIOCore

/// `GET /api/v1/log/head`: where the log ends, with the hash of all that it contains, signed. Anybody may have it: whoever
/// keeps one can prove later what the log contained then.
public struct LogHeadRoute: Sendable {
    /// Makes the document, as JSON.
    public typealias Maker = @Sendable () async throws -> ByteBuffer

    private let recent: RecentDocument

    public init(make: @escaping Maker) { recent = RecentDocument(make: make) }

    /// - Parameter group: `/api/v1`, where a token is checked and none is required.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("log/head") { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "application/json", .cacheControl: "public, max-age=\(RecentDocument.ageSecondsMax)",
                ],
                body: ResponseBody(byteBuffer: try await recent.document()))
        }
    }
}

/// A document that is made once for all who ask within some seconds: it costs the log a barrier.
actor RecentDocument {
    static let ageSecondsMax: Int64 = 10

    private let make: LogHeadRoute.Maker
    private let now: @Sendable () -> ContinuousClock.Instant
    private var last: (document: ByteBuffer, madeAt: ContinuousClock.Instant)?
    private var making: Task<ByteBuffer, any Error>?

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, make: @escaping LogHeadRoute.Maker) {
        self.now = now
        self.make = make
    }

    func document() async throws -> ByteBuffer {
        if let last, last.madeAt.duration(to: now()) < .seconds(Self.ageSecondsMax) { return last.document }
        if let making { return try await making.value }
        let task = Task { try await make() }
        making = task
        defer { making = nil }
        let document = try await task.value
        last = (document, now())
        return document
    }
}
