public import EventLog
public import HTTPTypes
public import Hummingbird
import Logging
public import Text

/// Why a request was not done: an error that answers as an RFC 9457 problem document
/// (https://www.rfc-editor.org/rfc/rfc9457).
///
/// `type` is the relative reference `/problems/<code>`; `instance` is the path that was asked for. Everything in it is
/// for the caller to see: nothing about the inside of the service belongs here.
public struct Problem: HTTPResponseError, Equatable, CustomStringConvertible {
    public var code: Code
    /// One sentence on this very case, for the person who reads the caller's log.
    public var detail: String?
    /// On commands: what became of the command.
    public var outcome: Outcome?
    /// When to try again; sent as `Retry-After`.
    public var retryAfterSeconds: Int?
    /// The place in the log the answer was given at; sent as `Sequence`, and to browsers as their cookie.
    public var sequence: LogPosition?
    /// More members of the document, in order, such as `conflicts` or `limit`.
    public var members: [Member]
    /// More headers of the response, such as `Allow`.
    public var headers: HTTPFields

    public enum Outcome: String, Sendable {
        /// Recorded, and final.
        case rejected
        /// Nobody knows yet; the same key asks again.
        case unknown
        /// The command never reached the log and never will by itself.
        case none
    }

    /// A member of the document beyond those RFC 9457 names.
    public struct Member: Equatable, Sendable {
        public var name: String
        public var value: Value

        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// The value of a ``Member``.
    public enum Value: Equatable, Sendable {
        case string(String)
        case integer(Int64)
        case boolean(Bool)
        case array([Value])
        case object([Member])
    }

    public init(
        _ code: Code, detail: String? = nil, outcome: Outcome? = nil, retryAfterSeconds: Int? = nil,
        sequence: LogPosition? = nil, members: [Member] = [], headers: HTTPFields = [:]
    ) {
        self.code = code
        self.detail = detail
        self.outcome = outcome
        self.retryAfterSeconds = retryAfterSeconds
        self.sequence = sequence
        self.members = members
        self.headers = headers
    }

    public var status: HTTPResponse.Status { code.status }

    public var description: String { "\(code)\(detail.map { ": \($0)" } ?? "")" }

    // MARK: As a response

    public func response(from request: Request, context: some RequestContext) -> Response {
        let id = context.logger[metadataKey: "correlation"] ?? context.logger[metadataKey: "hb.request.id"]
        return Response(response(instance: request.uri.path, requestID: id.map { "\($0)" }))
    }

    /// - Parameters:
    ///   - instance: the path that was asked for; nil where the request could not be read that far.
    ///   - requestID: what finds the request in the service's log.
    public func response(instance: String?, requestID: String?) -> WholeResponse {
        let body = document(instance: instance)
        var fields = headers
        fields[.contentType] = Self.contentType
        fields[.cacheControl] = "no-store"
        if let retryAfterSeconds { fields[.retryAfter] = String(retryAfterSeconds) }
        if let requestID { fields[.requestID] = requestID }
        if let sequence { fields.set(sequence) }
        return WholeResponse(status, headers: fields, body: ByteBuffer(bytes: body))
    }

    public static let contentType = "application/problem+json"

    /// The document itself, as JSON.
    func document(instance: String?) -> [UInt8] {
        var json = JSONWriter(capacity: 384)
        json.value(self, instance: instance)
        return json.bytes
    }
}

extension JSONWriter {
    /// A problem as a problem document.
    ///
    /// - Parameter instance: the path that was asked for.
    public mutating func value(_ problem: Problem, instance: String? = nil) {
        let code = problem.code
        object { json in
            json.member("type", "/problems/\(code.name)")
            json.member("title", code.title)
            json.member("status", problem.status.code)
            if let detail = problem.detail { json.member("detail", detail) }
            // A path may be as long as the limit on headers allows; the start is enough to recognise it.
            if let instance { json.member("instance", String(instance.prefix(256))) }
            json.member("code", code.name)
            json.member("retryable", code.retryable)
            if let outcome = problem.outcome { json.member("outcome", outcome.rawValue) }
            for member in problem.members { json.write(member) }
        }
    }

    private mutating func write(_ member: Problem.Member) {
        key(member.name)
        write(member.value)
    }

    private mutating func write(_ value: Problem.Value) {
        switch value {
        case .string(let string): self.value(string)
        case .integer(let integer): self.value(integer)
        case .boolean(let boolean): self.value(boolean)
        case .array(let values): array { json in for value in values { json.write(value) } }
        case .object(let members): object { json in for member in members { json.write(member) } }
        }
    }
}
