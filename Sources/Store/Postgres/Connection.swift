internal import CPostgres
internal import Foundation

/// One libpq connection. Every exchange is one synchronous method that returns when the answer is complete, or the
/// deadline over. Stays on its client's thread.
///
/// After an error ``isUsable`` tells whether the connection can go on; when not, it must be dropped, since an answer to
/// the failed request may still arrive on it.
@safe
final class Connection {
    /// Errors that a new connection may mend. 0A000, 26000: a statement as it was prepared no longer fits the schema, or
    /// is gone. 25006: the server only reads; it is a standby, and the primary is elsewhere by now.
    private static let fatalStates: Set<String> = ["0A000", "26000", "25006"]

    private let pointer: OpaquePointer
    private let warnings = WarningCollector()
    private var prepared: Set<String> = []
    private(set) var isUsable = true

    /// Takes over `pointer`, a connected one.
    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = unsafe pointer
        unsafe warnings.listen(to: pointer)
        _ = unsafe PQsetnonblocking(pointer, 1)
    }

    deinit { unsafe PQfinish(pointer) }

    /// Whether the server hung up while the connection was idle: asked before a request is sent, it spares the request
    /// an unknown fate.
    func isAlive() -> Bool {
        let now = Deadline(.now)
        // A farewell message may come before the end of file; a server that talks on and on is none to work with.
        for _ in 0..<16 {
            guard unsafe PQstatus(pointer) == CONNECTION_OK else { return false }
            guard awaitReady(unsafe PQsocket(pointer), for: POLLIN, until: now) != 0 else { return true }
            guard unsafe PQconsumeInput(pointer) == 1 else { return false }
        }
        return false
    }

    /// Runs `statement`, preparing it first where this connection has not yet.
    func run(
        _ statement: PostgresStatement, _ parameters: PostgresParameters, within timeout: Duration
    ) throws(PostgresError) -> PostgresResult {
        let deadline = Deadline(in: timeout)
        try send(statement, parameters, until: deadline)
        return try answer(until: deadline)
    }

    /// The first half of ``run(_:_:within:)``: the server has the statement when this returns.
    func send(
        _ statement: PostgresStatement, _ parameters: PostgresParameters, until deadline: Deadline
    ) throws(PostgresError) {
        if !statement.name.isEmpty, !prepared.contains(statement.name) {
            try prepare(statement, types: parameters.fields.map(\.type), until: deadline)
        }
        try send(until: deadline) {
            unsafe parameters.withPointers { types, values, lengths, formats in
                let count = Int32(parameters.fields.count)
                return statement.name.isEmpty
                    ? unsafe PQsendQueryParams(pointer, statement.sql, count, types, values, lengths, formats, 1)
                    : unsafe PQsendQueryPrepared(pointer, statement.name, count, values, lengths, formats, 1)
            }
        }
    }

    /// The second half. Throws at the deadline, and what was sent is then of unknown fate.
    func answer(until deadline: Deadline) throws(PostgresError) -> PostgresResult {
        try settling { () throws(PostgresError) in try receive(until: deadline) }
    }

    /// Whether the first part of the answer is there before the deadline. What is left of it follows without a wait to
    /// speak of.
    func isAnswered(until deadline: Deadline) throws(PostgresError) -> Bool {
        try settling { () throws(PostgresError) in try hasResult(by: deadline) }
    }

    /// Whether libpq has a result to give, or the end of them, before the deadline.
    private func hasResult(by deadline: Deadline) throws(PostgresError) -> Bool {
        while unsafe PQisBusy(pointer) == 1 {
            guard awaitReady(unsafe PQsocket(pointer), for: POLLIN, until: deadline) != 0 else { return false }
            guard unsafe PQconsumeInput(pointer) == 1 else { throw lost() }
        }
        return true
    }

    /// Runs one or more statements without parameters by the simple protocol, as one transaction unless they say
    /// otherwise; returns the result of the last, in text.
    func runScript(_ sql: String, within timeout: Duration) throws(PostgresError) -> PostgresResult {
        try exchange(until: Deadline(in: timeout)) { unsafe PQsendQuery(pointer, sql) }
    }

    private func prepare(
        _ statement: PostgresStatement, types: [UInt32], until deadline: Deadline
    ) throws(PostgresError) {
        do {
            _ = try exchange(until: deadline) {
                unsafe types.withUnsafeBufferPointer {
                    unsafe PQsendPrepare(pointer, statement.name, statement.sql, Int32(types.count), $0.baseAddress)
                }
            }
            prepared.insert(statement.name)
        } catch {
            // Preparing executes nothing, whatever became of it.
            var error = error
            error.fate = error.fate == .unknown ? .neverSent : error.fate
            throw error
        }
    }

    private func exchange(until deadline: Deadline, send: () -> Int32) throws(PostgresError) -> PostgresResult {
        try self.send(until: deadline, send)
        return try answer(until: deadline)
    }

    private func send(until deadline: Deadline, _ send: () -> Int32) throws(PostgresError) {
        warnings.clear()
        try settling { () throws(PostgresError) in
            guard send() == 1 else { throw lost() }
            try flush(until: deadline)
        }
    }

    /// Finds out whether the connection can go on after an error.
    private func settling<R>(_ step: () throws(PostgresError) -> R) throws(PostgresError) -> R {
        do throws(PostgresError) {
            return try step()
        } catch {
            let isConnected = unsafe PQstatus(pointer) == CONNECTION_OK
            isUsable = isConnected && error.code == .refused && !Self.fatalStates.contains(error.sqlState ?? "")
            throw error
        }
    }

    /// Sends what libpq has buffered, and reads meanwhile: a server that can't get rid of its answer stops reading.
    private func flush(until deadline: Deadline) throws(PostgresError) {
        while true {
            let state = unsafe PQflush(pointer)
            if state == 0 { return }
            guard state == 1 else { throw lost() }
            let ready = awaitReady(unsafe PQsocket(pointer), for: POLLIN | POLLOUT, until: deadline)
            guard ready != 0 else { throw timedOut() }
            if ready & POLLIN != 0, unsafe PQconsumeInput(pointer) == 0 { throw lost() }
        }
    }

    /// Reads until the server is ready for the next request; keeps the last result, or the first error.
    private func receive(until deadline: Deadline) throws(PostgresError) -> PostgresResult {
        var last: PostgresResult?
        var failure: PostgresError?
        while true {
            guard try hasResult(by: deadline) else { throw timedOut() }
            guard let result = unsafe PQgetResult(pointer) else { break }
            let status = unsafe PQresultStatus(result)
            switch status {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                last = unsafe PostgresResult(result)
            case PGRES_FATAL_ERROR, PGRES_NONFATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_PIPELINE_ABORTED:
                if failure == nil { failure = unsafe Self.error(in: result) }
                unsafe PQclear(result)
            default:
                // COPY, single rows and pipelines are never asked for; there is no way on from one.
                let name = unsafe String(cString: PQresStatus(status))
                unsafe PQclear(result)
                throw PostgresError(.unreadable, .unknown, "unexpected \(name)")
            }
        }
        if let failure { throw failure }
        guard let last else { throw lost() }
        // What a commit warns of comes behind the statement's own result.
        last.warnings = warnings.collected
        return last
    }

    private func lost() -> PostgresError {
        PostgresError(.connectionLost, .unknown, unsafe lastMessage(of: pointer))
    }

    private func timedOut() -> PostgresError {
        PostgresError(.timedOut, .unknown, "no answer within the deadline")
    }

    /// An ERROR means that the server undid the statement. FATAL and PANIC end the session, perhaps in the midst of a
    /// commit, and what has no severity comes from libpq, not the server: then nobody knows.
    private static func error(in result: OpaquePointer) -> PostgresError {
        func field(_ code: Int32) -> String? {
            guard let text = unsafe PQresultErrorField(result, code) else { return nil }
            return unsafe String(cString: text)
        }
        let wholeMessage = unsafe trimmed(String(cString: PQresultErrorMessage(result)))
        let message = field(diagnosticMessage) ?? wholeMessage
        let isUndone = field(diagnosticSeverity) == "ERROR"
        return PostgresError(
            isUndone ? .refused : .connectionLost, isUndone ? .undone : .unknown, message,
            sqlState: field(diagnosticSQLState), detail: field(diagnosticDetail))
    }
}

/// libpq's field codes (`postgres_ext.h`); its macros are C characters.
let diagnosticSeverity = Int32(UInt8(ascii: "V"))
let diagnosticSQLState = Int32(UInt8(ascii: "C"))
let diagnosticMessage = Int32(UInt8(ascii: "M"))
let diagnosticDetail = Int32(UInt8(ascii: "D"))

/// libpq's last message about `connection`, which ends in a line feed.
func lastMessage(of connection: OpaquePointer?) -> String {
    unsafe trimmed(String(cString: PQerrorMessage(connection)))
}

private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

/// Keeps the warnings of one exchange. A commit whose wait for the standby was cancelled is told by nothing else.
private final class WarningCollector {
    /// More than this of one exchange say nothing new.
    private static let countMax = 16
    private(set) var collected: [String] = []

    func clear() { collected.removeAll(keepingCapacity: true) }

    /// `connection` must not outlive this object.
    func listen(to connection: OpaquePointer) {
        _ = unsafe PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context = unsafe context,
                    let severity = unsafe PQresultErrorField(result, diagnosticSeverity),
                    unsafe String(cString: severity) == "WARNING"
                else { return }
                let collector = unsafe Unmanaged<WarningCollector>.fromOpaque(context).takeUnretainedValue()
                guard collector.collected.count < WarningCollector.countMax else { return }
                collector.collected.append(unsafe String(cString: PQresultErrorField(result, diagnosticMessage)))
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}

extension PostgresParameters {
    /// The arrays that libpq wants, valid within `body`.
    fileprivate func withPointers(
        _ body: (
            _ types: UnsafePointer<Oid>?, _ values: UnsafePointer<UnsafePointer<CChar>?>?,
            _ lengths: UnsafePointer<Int32>?, _ formats: UnsafePointer<Int32>?
        ) -> Int32
    ) -> Int32 {
        // A value without bytes still needs an address: none means NULL.
        let bytes = bytes.isEmpty ? [0] : bytes
        return unsafe bytes.withUnsafeBytes { buffer in
            let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = unsafe fields.map { field in
                unsafe field.range.flatMap { unsafe start?.advanced(by: $0.lowerBound) }
            }
            let lengths = fields.map { Int32(clamping: $0.range?.count ?? 0) }
            let formats = [Int32](repeating: 1, count: fields.count)
            return unsafe body(fields.map(\.type), values, lengths, formats)
        }
    }
}
