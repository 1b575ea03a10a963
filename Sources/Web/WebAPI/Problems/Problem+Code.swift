public import HTTPTypes

extension Problem {
    /// What went wrong, by name. A code has one status, one title and one answer to "is it worth asking again?", so that
    /// no two places can disagree about it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The last path segment of the document's `type`.
        public let name: String
        public let status: HTTPResponse.Status
        public let title: String
        /// Whether the same request, unchanged, may well succeed a little later.
        public let retryable: Bool

        private init(_ name: String, _ status: Int, _ title: String, retryable: Bool = false) {
            self.name = name
            self.status = HTTPResponse.Status(code: status)
            self.title = title
            self.retryable = retryable
        }

        public var description: String { name }

        // MARK: The request itself

        public static let invalidRequest = Code("invalid-request", 400, "The request is not valid")
        public static let invalidJSON = Code("invalid-json", 400, "The body is not valid JSON")
        public static let invalidSequence = Code("invalid-sequence", 400, "The sequence token is not valid")
        public static let sequenceAheadOfLog = Code(
            "sequence-ahead-of-log", 400, "The sequence token is beyond the end of the log")
        public static let idempotencyKeyRequired = Code(
            "idempotency-key-required", 400, "A command needs an Idempotency-Key")
        public static let invalidIdempotencyKey = Code(
            "invalid-idempotency-key", 400, "The Idempotency-Key is not valid")
        public static let invalidSignature = Code("invalid-signature", 400, "The signature is not valid")
        public static let unauthenticated = Code("unauthenticated", 401, "The caller is not authenticated")
        public static let paymentDeclined = Code("payment-declined", 402, "The payment was declined")
        public static let forbidden = Code("forbidden", 403, "The caller may not do this")
        public static let notFound = Code("not-found", 404, "There is nothing here")
        public static let showNotFound = Code("show-not-found", 404, "There is no such show")
        public static let holdNotFound = Code("hold-not-found", 404, "There is no such hold")
        public static let orderNotFound = Code("order-not-found", 404, "There is no such order")
        public static let ticketNotFound = Code("ticket-not-found", 404, "There is no such ticket")
        public static let commandNotFound = Code("command-not-found", 404, "There is no such command")
        public static let methodNotAllowed = Code("method-not-allowed", 405, "The method is not allowed here")
        public static let requestTimeout = Code(
            "request-timeout", 408, "The request did not arrive in time", retryable: true)
        public static let bodyTooLarge = Code("body-too-large", 413, "The body is too large")
        public static let unsupportedMediaType = Code("unsupported-media-type", 415, "The body is not of a known type")
        public static let requestHeadersTooLarge = Code(
            "request-headers-too-large", 431, "The request's headers are too large")

        // MARK: What it asks for

        public static let seatsUnavailable = Code("seats-unavailable", 409, "Not all of it is free")
        public static let notOnSale = Code("not-on-sale", 409, "The show is not on sale yet")
        public static let showExists = Code("show-exists", 409, "There is such a show already")
        public static let showCancelled = Code("show-cancelled", 409, "The show is cancelled")
        public static let staleFencingToken = Code("stale-fencing-token", 409, "The fencing token is not the hold's")
        public static let purchaseInProgress = Code("purchase-in-progress", 409, "The hold is being paid for")
        /// For every reason but a refusal by the provider, which is ``paymentDeclined``.
        public static let paymentFailed = Code("payment-failed", 409, "The order came to nothing")
        public static let orderNotCompleted = Code("order-not-completed", 409, "The order is not paid")
        public static let orderNotVoidable = Code(
            "order-not-voidable", 409, "The order's payment can't be given up any more")
        public static let paymentNotParked = Code(
            "payment-not-parked", 409, "The order's payment does not wait for an operator")
        public static let ticketUnusable = Code("ticket-unusable", 409, "The ticket can't be used so")
        public static let ticketAlreadyScanned = Code("ticket-already-scanned", 409, "The ticket was scanned before")
        public static let sequenceLost = Code(
            "sequence-lost", 409, "The sequence token is of a part of the log that was lost")
        public static let unknownSeat = Code("unknown-seat", 422, "There is no such seat")
        public static let unknownArea = Code("unknown-area", 422, "There is no such area")
        public static let unknownCategory = Code("unknown-category", 422, "There is no such category")
        public static let tooManySeats = Code("too-many-seats", 422, "One hold may not have that many")
        public static let duplicateSeat = Code("duplicate-seat", 422, "A seat is named twice")
        public static let emptyHold = Code("empty-hold", 422, "A hold needs at least one place")
        public static let notResellable = Code("not-resellable", 422, "Only a seat's ticket can be offered for resale")
        public static let invalidTicketCode = Code("invalid-ticket-code", 422, "The code is not this ticket's")
        public static let invalidSeatingPlan = Code("invalid-seating-plan", 422, "The seating plan is not valid")
        public static let invalidShow = Code("invalid-show", 422, "The show is not valid")
        public static let idempotencyKeyReused = Code(
            "idempotency-key-reused", 422, "The Idempotency-Key was used for another request")
        public static let tooManyRequests = Code("too-many-requests", 429, "Too many requests", retryable: true)

        // MARK: The service

        public static let internalError = Code("internal-error", 500, "The request failed inside the service")
        public static let overloaded = Code("overloaded", 503, "The service is overloaded", retryable: true)
        public static let logUnavailable = Code("log-unavailable", 503, "The log can't be reached", retryable: true)
        public static let ordersUnavailable = Code(
            "orders-unavailable", 503, "The orders can't be reached", retryable: true)
        /// Only ever with ``Problem/Outcome/unknown``.
        public static let outcomeUnknown = Code(
            "outcome-unknown", 503, "Whether the command took effect is not known yet", retryable: true)
        public static let replicaBehind = Code(
            "replica-behind", 503, "This replica has not got that far yet", retryable: true)
        /// Asking again won't help: somebody has to look at the event that stopped the view.
        public static let projectionStopped = Code("projection-stopped", 503, "This view has stopped")
        /// Asking again won't help: somebody has to look at the event.
        public static let showUnavailable = Code("show-unavailable", 503, "The show can't be read")
        public static let notReady = Code("not-ready", 503, "This process is not ready", retryable: true)
        public static let shuttingDown = Code("shutting-down", 503, "The service is shutting down", retryable: true)

        /// Every code there is.
        public static let catalogue: [Code] = [
            invalidRequest, invalidJSON, invalidSequence, sequenceAheadOfLog, idempotencyKeyRequired,
            invalidIdempotencyKey, invalidSignature, unauthenticated, paymentDeclined, forbidden, notFound,
            showNotFound,
            holdNotFound, orderNotFound, ticketNotFound, commandNotFound, methodNotAllowed, requestTimeout,
            bodyTooLarge,
            unsupportedMediaType, requestHeadersTooLarge, seatsUnavailable, notOnSale, showExists, showCancelled,
            staleFencingToken, purchaseInProgress, paymentFailed, orderNotCompleted, orderNotVoidable, paymentNotParked,
            ticketUnusable, ticketAlreadyScanned, sequenceLost, unknownSeat, unknownArea, unknownCategory, tooManySeats,
            duplicateSeat, emptyHold, notResellable, invalidTicketCode, invalidSeatingPlan, invalidShow,
            idempotencyKeyReused, tooManyRequests, internalError, overloaded, logUnavailable, ordersUnavailable,
            outcomeUnknown, replicaBehind, projectionStopped, showUnavailable, notReady, shuttingDown,
        ]
    }
}
