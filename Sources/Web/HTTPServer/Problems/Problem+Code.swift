public import HTTPTypes

extension Problem {
    /// The name of what went wrong. A code has one status, one title and one answer to "is a retry worthwhile?", so that
    /// no two places can disagree about it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The last path segment of the document's `type`.
        public let name: String
        public let status: HTTPResponse.Status
        public let title: String
        /// Whether the same request, unchanged, may well succeed a little later.
        public let retryable: Bool

        /// - Parameters:
        ///   - name: in lower case, with hyphens.
        ///   - title: one sentence, without its full stop.
        public init(_ name: String, _ status: Int, _ title: String, retryable: Bool = false) {
            self.name = name
            self.status = HTTPResponse.Status(code: status)
            self.title = title
            self.retryable = retryable
        }

        public var description: String { name }

        // MARK: Requests

        public static let invalidRequest = Code("invalid-request", 400, "The request is not valid")
        public static let invalidJSON = Code("invalid-json", 400, "The body is not valid JSON")
        public static let unknownMember = Code("unknown-member", 400, "The body has a member that is not known here")
        public static let invalidSequence = Code("invalid-sequence", 400, "The sequence token is not valid")
        public static let sequenceAheadOfLog = Code(
            "sequence-ahead-of-log", 400, "The sequence token is beyond the end of the log")
        public static let idempotencyKeyRequired = Code(
            "idempotency-key-required", 400, "A command needs an Idempotency-Key")
        public static let invalidIdempotencyKey = Code(
            "invalid-idempotency-key", 400, "The Idempotency-Key is not valid")
        public static let invalidSignature = Code("invalid-signature", 400, "The signature is not valid")
        public static let unauthenticated = Code("unauthenticated", 401, "The caller is not authenticated")
        public static let forbidden = Code("forbidden", 403, "The caller is not allowed to do this")
        public static let notFound = Code("not-found", 404, "Nothing was found at this address")
        public static let methodNotAllowed = Code("method-not-allowed", 405, "The method is not allowed here")
        public static let requestTimeout = Code(
            "request-timeout", 408, "The request did not arrive in time", retryable: true)
        public static let sequenceLost = Code(
            "sequence-lost", 409, "The sequence token refers to a lost part of the log")
        public static let bodyTooLarge = Code("body-too-large", 413, "The body is too large")
        public static let unsupportedMediaType = Code(
            "unsupported-media-type", 415, "The body's media type is not supported")
        public static let idempotencyKeyReused = Code(
            "idempotency-key-reused", 422, "The Idempotency-Key was used for a different request")
        public static let tooManyRequests = Code("too-many-requests", 429, "Too many requests", retryable: true)
        /// Before anything of the request was looked at: nothing of it is recorded.
        public static let rateLimited = Code(
            "rate-limited", 429, "The caller's quota of such requests is used up", retryable: true)
        public static let requestHeadersTooLarge = Code(
            "request-headers-too-large", 431, "The request's headers are too large")

        // MARK: The service

        public static let internalError = Code("internal-error", 500, "The service failed to answer the request")
        public static let overloaded = Code("overloaded", 503, "The service is overloaded", retryable: true)
        public static let logUnavailable = Code("log-unavailable", 503, "The log is unavailable", retryable: true)
        /// Only ever with ``Problem/Outcome/unknown``.
        public static let outcomeUnknown = Code(
            "outcome-unknown", 503, "It is not known yet whether the command took effect", retryable: true)
        public static let replicaBehind = Code(
            "replica-behind", 503, "This replica has not caught up yet", retryable: true)
        public static let notReady = Code("not-ready", 503, "This process is not ready", retryable: true)
        public static let shuttingDown = Code("shutting-down", 503, "The service is shutting down", retryable: true)

        /// The codes of every API on this server.
        public static let common: [Code] = [
            invalidRequest, invalidJSON, unknownMember, invalidSequence, sequenceAheadOfLog, idempotencyKeyRequired,
            invalidIdempotencyKey, invalidSignature, unauthenticated, forbidden, notFound, methodNotAllowed,
            requestTimeout, sequenceLost, bodyTooLarge, unsupportedMediaType, idempotencyKeyReused, tooManyRequests,
            rateLimited, requestHeadersTooLarge, internalError, overloaded, logUnavailable, outcomeUnknown,
            replicaBehind, notReady,
            shuttingDown,
        ]
    }
}
