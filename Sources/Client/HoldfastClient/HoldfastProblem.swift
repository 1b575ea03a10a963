public import Foundation
import NIOHTTP1

/// A request was refused: a problem document (RFC 9457).
public struct HoldfastProblem: Error, Sendable, CustomStringConvertible {
    /// HTTP's.
    public var status: Int
    /// The stable name of the reason, such as `seats-unavailable`; empty where the answer is none of Holdfast's.
    public var code: String
    /// The reason, for people.
    public var detail: String
    /// Whether the same request may succeed later.
    public var isRetryable: Bool
    /// How long to wait before that.
    public var retryAfter: Duration?
    /// The whole document, with what else it has, such as `conflicts`.
    public var document: Data

    init(_ answer: HoldfastClient.Answer) {
        struct Document: Decodable {
            var code, title, detail: String?
            var retryable: Bool?
        }
        status = answer.status
        document = answer.body
        let known: Document?
        do { known = try JSONDecoder().decode(Document.self, from: answer.body) } catch { known = nil }
        code = known?.code ?? ""
        detail = known?.detail ?? known?.title ?? "The server answered \(answer.status)."
        // A balancer that reaches no node says nothing of the request.
        isRetryable = known?.retryable ?? [502, 503, 504].contains(answer.status)
        retryAfter = answer.headers.first(name: "Retry-After").flatMap { Int($0) }.map { .seconds($0) }
    }

    public var description: String { "\(status) \(code): \(detail)" }
}

/// Nobody answered in time.
public struct HoldfastUnreachable: Error, Sendable, CustomStringConvertible {
    public var reason: String

    public var description: String { "no answer: \(reason)" }
}
