internal import CPostgres
internal import Foundation

extension Connection {
    /// Connects, and makes the session what the configuration says, all before the deadline.
    static func open(
        _ configuration: PostgresClient.Configuration, by deadline: Deadline
    ) throws(PostgresError) -> Connection {
        let connection = try connect(
            configuration.conninfo, applicationName: configuration.applicationName, until: deadline)
        let timeoutMilliseconds = Int64(configuration.statementTimeout / .milliseconds(1))
        for statement in ["SET statement_timeout = \(timeoutMilliseconds)"] + configuration.sessionSetup {
            do {
                _ = try connection.runScript(statement, within: deadline.instant - .now)
            } catch {
                throw PostgresError(
                    .unreachable, .neverSent, "\(statement): \(error.message)", sqlState: error.sqlState,
                    detail: error.detail)
            }
        }
        return connection
    }

    /// Connects without blocking beyond the deadline. (One exception is libpq's: it resolves host names itself, and
    /// blocks; `hostaddr` or a socket folder avoid that.)
    static func connect(
        _ conninfo: String, applicationName: String, until deadline: Deadline
    ) throws(PostgresError) -> Connection {
        // What stands before `dbname` is a default that the conninfo may override, what stands after it is not.
        let settings: [(String, String)] = [
            ("fallback_application_name", applicationName),
            // A peer that vanished without a word is noticed after about 10 seconds.
            ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
            ("dbname", conninfo),
            ("client_encoding", "UTF8"),
        ]
        let pointer = unsafe withCStrings(settings.map(\.0)) { keywords in
            unsafe withCStrings(settings.map(\.1)) { values in unsafe PQconnectStartParams(keywords, values, 1) }
        }
        guard let pointer = unsafe pointer else {
            throw PostgresError(.unreachable, .neverSent, "out of memory for a connection")
        }
        do {
            try unsafe finishConnecting(pointer, until: deadline)
        } catch {
            unsafe PQfinish(pointer)
            throw error
        }
        return unsafe Connection(pointer)
    }

    private static func finishConnecting(_ pointer: OpaquePointer, until deadline: Deadline) throws(PostgresError) {
        guard unsafe PQstatus(pointer) != CONNECTION_BAD else {
            throw PostgresError(.unreachable, .neverSent, unsafe lastMessage(of: pointer))
        }
        var events = POLLOUT
        while true {
            // The socket may be another one after each step.
            guard awaitReady(unsafe PQsocket(pointer), for: events, until: deadline) != 0 else {
                throw PostgresError(.unreachable, .neverSent, "no connection within the deadline")
            }
            switch unsafe PQconnectPoll(pointer) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: events = POLLIN
            case PGRES_POLLING_WRITING: events = POLLOUT
            default: throw PostgresError(.unreachable, .neverSent, unsafe lastMessage(of: pointer))
            }
        }
    }
}

/// `strings` as a NULL-terminated array of C strings, valid within `body`.
private func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
) -> R {
    let copies = unsafe strings.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    let pointers = unsafe copies.map { unsafe UnsafePointer<CChar>($0) } + [nil]
    return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
}
