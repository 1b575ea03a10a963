internal import Metrics
internal import Synchronization

/// What is measured of a connection, by its application name: names are constants of the program, and there are a dozen.
final class PostgresInstruments: Sendable {
    /// Requests that wait for their turn, or are being served.
    let waiting: Meter
    /// From the request to the whole answer, without the wait for its turn.
    let queryTime: Timer
    /// Connections of the name that are open.
    private let connections: Meter
    private let isOpen = Atomic(false)
    /// Made before the first failure, so that it is seen as a rise.
    private let errors: [(code: PostgresError.Code, counter: Counter)]

    init(applicationName: String) {
        errors = PostgresError.Code.failures.map { code in
            let dimensions = [("connection", applicationName), ("code", code.description)]
            return (code, Counter(label: "holdfast_postgres_errors", dimensions: dimensions))
        }
        let dimensions = [("connection", applicationName)]
        connections = Meter(label: "holdfast_postgres_connections", dimensions: dimensions)
        waiting = Meter(label: "holdfast_postgres_requests_waiting", dimensions: dimensions)
        queryTime = Timer(label: "holdfast_postgres_query_duration", dimensions: dimensions)
    }

    deinit { setOpen(false) }

    /// Whether there is a connection now.
    func setOpen(_ isOpen: Bool) {
        guard self.isOpen.exchange(isOpen, ordering: .relaxed) != isOpen else { return }
        if isOpen { connections.increment() } else { connections.decrement() }
    }

    /// A request failed. What a caller gave up is no failure.
    func failed(_ error: PostgresError) {
        errors.first { $0.code == error.code }?.counter.increment()
    }
}

extension PostgresError.Code {
    /// All but what the caller itself gave up.
    fileprivate static let failures: [Self] = [
        .unreachable, .connectionLost, .timedOut, .busy, .refused, .unreadable,
    ]
}
