internal import EventLog
internal import Postgres

extension LogError {
    init(_ error: PostgresError) {
        let code: Code =
            switch error.code {
            case .unreachable, .connectionLost, .busy, .cancelled: .unavailable
            case .timedOut: .timedOut
            // The server's statement_timeout, its lock_timeout, or an operator's cancel.
            case .refused where error.sqlState == "57014" || error.sqlState == "55P03": .timedOut
            default: .refused
            }
        self.init(code: code, message: error.message, sqlState: error.sqlState)
    }
}

extension AppendFailure {
    init(_ error: PostgresError) {
        switch error.fate {
        case .unknown: self = .unknown(LogError(error))
        case .neverSent: self = .notAppended(LogError(error))
        case .undone:
            // LG001: the epoch is over, and DETAIL is the current one.
            if error.sqlState == "LG001", let epoch = error.detail.flatMap(Int64.init) {
                self = .fenced(epoch: epoch)
            } else {
                self = .notAppended(LogError(error))
            }
        }
    }
}
