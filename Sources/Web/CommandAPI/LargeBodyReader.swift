import Dispatch
import HTTPServer
import NIOCore
import Synchronization
import WebAPI

/// Reads large bodies one at a time, on a thread of its own: a plan of a whole arena takes seconds, and on the cooperative
/// pool, which has a thread a core, two of them would stop everything else.
final class LargeBodyReader: Sendable {
    /// Steps that may wait for their turn: each keeps a body of up to ``ServerLimits/seatingPlanBodyBytesMax`` in memory.
    private static let waitingMax = 8

    private let queue = DispatchQueue(label: "holdfast.large-bodies", qos: .utility)
    private let turns = InFlightLimit(countMax: waitingMax)

    /// What `work` comes to. It is done at once where the body is as short as any other.
    ///
    /// - Parameter bytes: of the body.
    /// - Throws: what `work` throws; ``Problem/Code/overloaded`` where too many wait already.
    func run<Value: Sendable>(
        _ bytes: Int, _ limits: ServerLimits, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        guard bytes > limits.bodyBytesMax else { return try work() }
        guard let turn = turns.begin() else {
            throw Problem(.overloaded, detail: "Other large bodies are being read.", retryAfterSeconds: 5)
        }
        defer { turn.end() }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}

extension CommandCall {
    /// Reads a body that may be large; returns it with the command's identity.
    func largeBody(_ limits: ServerLimits, _ reader: LargeBodyReader) async throws -> (JSONBody, CommandIdentity) {
        let body = try await body(ofBytes: limits.seatingPlanBodyBytesMax)
        return (body, try await reader.run(body.bytes.readableBytes, limits) { identity(of: body) })
    }
}
