internal import EventLog
internal import Postgres

extension LogError {
    init(_ error: PostgresError) {
        let code: Code =
            switch error.code {
            case .unreachable, .connectionLost, .busy, .cancelled: .unavailable
            case .timedOut: .timedOut
            // The server's statement_timeout, its lock_timeout, or an operator's cancel.
            case .refused where ["57014", "55P03"].contains(error.sqlState): .timedOut
            // Out of resources (disk, memory), the system's faults, and a server that is a standby.
            case .refused where isPassing(error.sqlState ?? ""): .unavailable
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

private func isPassing(_ sqlState: String) -> Bool {
    sqlState == "25006" || sqlState.hasPrefix("53") || sqlState.hasPrefix("58")
}
