import EventLog
import Logging
import Postgres
import PostgresEventLog
import Synchronization
import TestSupport
import Testing

/// Who had a lease, and when it was taken from them.
private final class Turns: Sendable {
    enum Note: Equatable, Sendable {
        case began(String)
        case ended(String)
    }

    private let notes = Mutex<[Note]>([])

    var all: [Note] { notes.withLock { $0 } }

    /// What `who` does while it has the lease: nothing, until it is cancelled.
    func take(_ who: String) async {
        notes.withLock { $0.append(.began(who)) }
        do {
            try await Task.sleep(for: .seconds(3600))
        } catch {
            // The lease is gone.
        }
        notes.withLock { $0.append(.ended(who)) }
    }

    func count(_ note: Note) -> Int { all.count { $0 == note } }
}

@Suite("A lease in PostgreSQL", .timeLimit(.minutes(5)))
struct PostgresLeaseTests {
    private static func lease(_ database: TestDatabase, key: Int64) -> PostgresLease {
        PostgresLease(PostgresLeaseSession(conninfo: database.appConninfo, logger: .test), key: key)
    }

    /// The server keeps a key's halves apart: some have their high bits set. The last is the payment process's.
    static let keys: [Int64] = [1, -1, .min, .max, 0x8000_0001, -0x7fff_ffff_7fff_ffff, 0x686f_6c64_7061_7973]

    @Test("is held by one alone, whatever the key, for as long as its session lives", arguments: keys)
    func alone(key: Int64) async throws {
        try await TestDatabase.with { database in
            let turns = Turns(), sessions = LeaseSessions(database)
            try await withThrowingTaskGroup { tasks in
                for name in ["a", "b"] {
                    tasks.addTask { await Self.lease(database, key: key).whileHeld { await turns.take(name) } }
                }
                // The third question names the lock's table, too, as the attempt did: it is only asked after the second was
                // answered with yes.
                try await eventually("the holder was told twice that it has it") { try await sessions.timesKept() >= 3 }
                try await eventually("the other has asked in vain twice") { try await sessions.timesRefused() >= 2 }
                #expect(try await sessions.holders().count == 1)
                #expect(turns.all == [.began("a")] || turns.all == [.began("b")])
                tasks.cancelAll()
            }
            await sessions.close()
        }
    }

    @Test("is lost with its session, and then another's, however slow the first is to stop")
    func lostSession() async throws {
        try await TestDatabase.with { database in
            let turns = Turns(), sessions = LeaseSessions(database)
            try await withThrowingTaskGroup { tasks in
                tasks.addTask {
                    await Self.lease(database, key: 7).whileHeld {
                        await turns.take("slow")
                        // Not a child: it goes on although it is cancelled.
                        let slowness = Task {
                            try await eventually("the other has the lease") { turns.count(.began("other")) > 0 }
                        }
                        if case .failure(let error) = await slowness.result { Issue.record(error) }
                    }
                }
                try await eventually("it has the lease") { turns.all == [.began("slow")] }
                tasks.addTask { await Self.lease(database, key: 7).whileHeld { await turns.take("other") } }
                try await eventually("the other wants it") { try await sessions.timesRefused() >= 1 }
                let first = try await sessions.holders()
                try await sessions.end(first)
                try await eventually("the first was told, and the other has it") {
                    turns.count(.ended("slow")) == 1 && turns.count(.began("other")) == 1
                }
                let second = try await sessions.holders()
                #expect(second.count == 1 && second != first)
                // The first wants it again, and gets it in its turn.
                try await eventually("the first is refused") { try await sessions.timesRefused() >= 1 }
                try await sessions.end(second)
                try await eventually("somebody has it again") { turns.all.count >= 5 }
                tasks.cancelAll()
            }
            await sessions.close()
        }
    }

    @Test("that is lost leaves the process's others alone, which the session's successor has by then")
    func sharedSession() async throws {
        try await TestDatabase.with { database in
            let turns = Turns(), sessions = LeaseSessions(database)
            let session = PostgresLeaseSession(conninfo: database.appConninfo, logger: .test)
            try await withThrowingTaskGroup { tasks in
                tasks.addTask { await PostgresLease(session, key: 7).whileHeld { await turns.take("lost") } }
                try await eventually("it has the lease") { turns.all == [.began("lost")] }
                try await sessions.end(try await sessions.holders())
                // Takes its lock in a new session, before the first has noticed that the old one is gone.
                tasks.addTask { await PostgresLease(session, key: 8).whileHeld { await turns.take("kept") } }
                try await eventually("both have their leases") {
                    turns.count(.began("lost")) == 2 && turns.count(.began("kept")) == 1
                }
                try await eventually("both were told so") { try await sessions.timesKept() >= 4 }
                #expect(turns.count(.began("lost")) == 2 && turns.count(.ended("kept")) == 0)
                tasks.cancelAll()
            }
            await sessions.close()
        }
    }

    @Test("is given back by whoever is shut down, at once")
    func givenBack() async throws {
        try await TestDatabase.with { database in
            let turns = Turns(), sessions = LeaseSessions(database)
            // Kept: its connections close with it, and that is not what gives the lease back.
            let lease = Self.lease(database, key: 7)
            let first = Task { await lease.whileHeld { await turns.take("first") } }
            try await eventually("it has the lease") { turns.all == [.began("first")] }
            let holders = try await sessions.holders()
            let second = Task { await Self.lease(database, key: 7).whileHeld { await turns.take("second") } }
            try await eventually("the other wants it") { try await sessions.timesRefused() >= 1 }
            first.cancel()
            await first.value
            #expect(turns.all.prefix(2) == [.began("first"), .ended("first")])
            try await eventually("the other has it") { turns.all.last == .began("second") }
            try await eventually("the first's session is over") {
                try await sessions.all().isDisjoint(with: holders)
            }
            // The server had no need to end it for its silence.
            #expect(try await sessions.timesEndedByServer() == 0)
            second.cancel()
            await second.value
            await sessions.close()
            withExtendedLifetime(lease) {}
        }
    }
}

/// What the server knows of the sessions that have a lease in a database, or want it.
private actor LeaseSessions {
    private let admin: PostgresClient
    /// When each was asked, by what and whom.
    private var questions: [String: Set<String>] = [:]

    init(_ database: TestDatabase) { admin = database.admin() }

    func close() async { await admin.disconnect() }

    func all() async throws -> Set<Int32> {
        try await processes("SELECT pid FROM pg_stat_activity WHERE \(Self.isLease)")
    }

    func holders() async throws -> Set<Int32> {
        try await processes("SELECT pid FROM pg_stat_activity WHERE \(Self.isLease) AND \(Self.isHolder)")
    }

    func end(_ sessions: Set<Int32>) async throws {
        for session in sessions { try await admin.script("SELECT pg_terminate_backend(\(session))") }
    }

    /// How often a session that has the lease was seen to ask whether it has.
    func timesKept() async throws -> Int { try await questions(to: "pg_locks", by: Self.isHolder) }

    /// How often a session was seen to ask for the lease and not to get it.
    func timesRefused() async throws -> Int {
        try await questions(to: "try_lease", by: "NOT \(Self.isHolder)")
    }

    /// Sessions that a timeout or an error ended.
    func timesEndedByServer() async throws -> Int64 {
        try await admin.query(
            PostgresStatement(
                once: "SELECT sessions_fatal FROM pg_stat_database WHERE datname = current_database()")
        ).int64(0, 0)
    }

    private static let isLease = "application_name = 'holdfast-lease' AND datname = current_database()"
    private static let isHolder = """
        EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_stat_activity.pid AND locktype = 'advisory' AND granted)
        """

    /// The most that one session has asked, of all times that this was called.
    private func questions(to what: String, by whom: String) async throws -> Int {
        let rows = try await admin.query(
            PostgresStatement(
                once: """
                    SELECT pid, query_start::text FROM pg_stat_activity
                    WHERE \(Self.isLease) AND \(whom) AND state = 'idle' AND query LIKE '%\(what)%'
                    """))
        return try (0..<rows.rowCount).map { row in
            questions["\(what) \(try rows.int32(row, 0))", default: []].insert(try rows.text(row, 1))
            return questions["\(what) \(try rows.int32(row, 0))", default: []].count
        }.max() ?? 0
    }

    private func processes(_ sql: String) async throws -> Set<Int32> {
        let rows = try await admin.query(PostgresStatement(once: sql))
        return try Set((0..<rows.rowCount).map { try rows.int32($0, 0) })
    }
}
