public import EventLog
public import HTTPTypes
import Hummingbird
import NIOCore

extension Problem {
    /// Reading the log failed.
    public init(_ error: LogError, outcome: Outcome? = nil) {
        switch error.code {
        case .unavailable, .timedOut:
            self.init(
                .logUnavailable, detail: "The log did not answer; it may be back in a moment.", outcome: outcome,
                retryAfterSeconds: 1)
        default:
            // The log refused: a bug or a wrong set-up, and none of the caller's business.
            self.init(.internalError, outcome: outcome)
        }
    }

    /// What a caller is told of any error a route threw; nil where the error is the service's own fault, to be logged
    /// and told as ``Code/internalError``.
    public init?(foreign error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as LogError:
            self.init(error)
            if code == .internalError { return nil }
        case RequestBodyCutOff.timeout: self.init(.requestTimeout, detail: "The body did not arrive in time.")
        case RequestBodyCutOff.shutdown: self.init(.shuttingDown, retryAfterSeconds: 1)
        case is RequestBodyIncomplete:
            self.init(.invalidRequest, detail: "The body ended before its stated length.")
        case is NIOTooManyBytesError: self.init(.bodyTooLarge)
        case is CancellationError:
            self.init(.shuttingDown, retryAfterSeconds: 1)
        default: return nil
        }
    }

    /// For a response that the HTTP framework made by itself.
    public init(foreign status: HTTPResponse.Status) {
        let code: Code =
            switch status.code {
            case 401: .unauthenticated
            case 403: .forbidden
            case 404, 410: .notFound
            case 405: .methodNotAllowed
            case 408: .requestTimeout
            case 413: .bodyTooLarge
            case 415: .unsupportedMediaType
            case 429: .tooManyRequests
            case 431: .requestHeadersTooLarge
            case 400..<500: .invalidRequest
            case 503: .overloaded
            default: .internalError
            }
        self.init(code)
    }
}

/// The rest of a body is not waited for.
enum RequestBodyCutOff: Error {
    /// It was not there within its deadline; see ``ServerLimits/bodyDeadline``.
    case timeout
    /// The server stops; see ``ServerLimits/shutdownReadTimeout``.
    case shutdown
}

/// The body ended before the length that was announced for it.
struct RequestBodyIncomplete: Error {}
