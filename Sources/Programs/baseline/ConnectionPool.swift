import CPostgres
import DequeModule
import Dispatch
import Foundation
import Synchronization

/// Database connections, each on a thread of its own, that take transactions from one queue. Nothing but libpq's
/// blocking calls stands between a request and PostgreSQL.
final class ConnectionPool: Sendable {
    private typealias Job = @Sendable (Database) -> Void

    private let jobs = Mutex<Deque<Job>>([])
    private let waiting = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - setUp: runs once, before anything else.
    ///   - statements: what transactions are made of; prepared on every connection.
    init(conninfo: String, count: Int, setUp: String, statements: [String]) throws {
        let first = try Database(conninfo: conninfo)
        // One by one: VACUUM can't stand in a transaction, which a list of statements is.
        for statement in setUp.split(separator: ";") { try first.script(String(statement)) }
        for index in 0..<count {
            let database = try Database(conninfo: conninfo)
            for (number, statement) in statements.enumerated() { try database.prepare(statement, as: number) }
            let thread = Thread { [self] in
                while true {
                    waiting.wait()
                    if let job = jobs.withLock({ $0.popFirst() }) { job(database) }
                }
            }
            thread.name = "database-\(index)"
            thread.start()
        }
    }

    /// Runs `body` in a transaction: committed when it gives true, rolled back when it gives false or throws.
    func transaction(_ body: @escaping @Sendable (Database) throws -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            jobs.withLock { jobs in
                jobs.append { database in continuation.resume(returning: database.transaction(body)) }
            }
            waiting.signal()
        }
    }
}

/// One connection.
///
/// `@unchecked Sendable`: it is handed to its thread once and used by no other.
@safe
final class Database: @unchecked Sendable {
    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    private let pointer: OpaquePointer

    init(conninfo: String) throws {
        guard let pointer = unsafe PQconnectdb(conninfo) else {
            throw Refusal(description: "no memory for a connection")
        }
        unsafe self.pointer = unsafe pointer
        guard unsafe PQstatus(pointer) == CONNECTION_OK else { throw refusal }
    }

    deinit { unsafe PQfinish(pointer) }

    func script(_ sql: String) throws { _ = try unsafe value(of: PQexec(pointer, sql)) }

    func prepare(_ sql: String, as number: Int) throws {
        _ = try unsafe value(of: PQprepare(pointer, "s\(number)", sql, 0, nil))
    }

    /// Runs a prepared statement; returns the first value of the first row.
    func run(_ number: Int, _ parameters: [String]) throws -> String? {
        // Copies that live until the call is over.
        let copies = unsafe parameters.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        let values: [UnsafePointer<CChar>?] = unsafe copies.map { unsafe UnsafePointer($0) }
        return try unsafe value(of: PQexecPrepared(pointer, "s\(number)", Int32(values.count), values, nil, nil, 0))
    }

    fileprivate func transaction(_ body: (Database) throws -> Bool) -> Bool {
        do {
            try script("BEGIN")
            let isDone = try body(self)
            try script(isDone ? "COMMIT" : "ROLLBACK")
            return isDone
        } catch {
            // Somebody else has the row.
            do { try script("ROLLBACK") } catch { FileHandle.standardError.write(Data("\(error)\n".utf8)) }
            return false
        }
    }

    private var refusal: Refusal { unsafe Refusal(description: String(cString: PQerrorMessage(pointer))) }

    private func value(of result: OpaquePointer?) throws -> String? {
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_COMMAND_OK: return nil
        case PGRES_TUPLES_OK:
            guard unsafe PQntuples(result) > 0 else { return nil }
            return unsafe String(cString: PQgetvalue(result, 0, 0))
        default: throw refusal
        }
    }
}
