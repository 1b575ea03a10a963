import EventLog
import Logging
import Postgres
import PostgresEventLog
import TestSupport
import Testing

/// What PostgreSQL refuses to the roles of nodes, whatever their program says. `AppendOnlyTests` tries the log's tables.
@Suite("A node's database role")
struct RoleTests {
    private static let paymentLease = 0x686f_6c64_7061_7973, ordersLease = 7_308_327_774_018_887_781

    /// What nobody but the owner may do.
    private static let ofTheOwner = [
        "CREATE SCHEMA mine", "CREATE TABLE holdfast.mine ()", "CREATE TABLE holdfast_accounts.mine ()",
        "DROP TABLE holdfast_accounts.accounts", "ALTER TABLE holdfast.log_head ADD COLUMN mine text",
        "CREATE OR REPLACE FUNCTION holdfast.barrier() RETURNS void LANGUAGE sql AS ''", "SET ROLE holdfast_owner",
        "INSERT INTO holdfast.schema_migrations VALUES ('mine', '')",
        "INSERT INTO holdfast_accounts.schema_migrations VALUES ('mine', '')",
        "DELETE FROM holdfast_orders.schema_migrations", "UPDATE holdfast_shows.schema_migrations SET checksum = ''",
        "INSERT INTO holdfast_orders.checkpoint VALUES (false, 0, 0, 0)", "DELETE FROM holdfast_shows.checkpoint",
        "DELETE FROM holdfast_accounts.revocation_head", "SELECT holdfast.raise_epoch()",
        "ALTER ROLE holdfast_reader SUPERUSER",
    ]

    /// What a command node may do besides.
    private static let ofAppenders = [
        "SELECT holdfast.append(1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        "SELECT holdfast.barrier()", "SELECT holdfast.claim_writer(1)", "SELECT holdfast.try_lease(\(paymentLease))",
        "SELECT pg_advisory_lock(\(paymentLease))", "SELECT pg_try_advisory_lock(\(paymentLease))",
        "SELECT pg_advisory_xact_lock(1, 1)", "SET ROLE holdfast_appender", "SET ROLE holdfast_app",
        "SELECT password FROM holdfast_accounts.accounts", "SELECT email FROM holdfast_accounts.accounts",
        "SELECT * FROM holdfast_accounts.second_factors", "SELECT * FROM holdfast_accounts.mailings",
        "SELECT public_key FROM holdfast_accounts.passkeys", "DELETE FROM holdfast_accounts.passkeys",
        "UPDATE holdfast_accounts.accounts SET password = ''", "DELETE FROM holdfast_accounts.sessions",
        "INSERT INTO holdfast_accounts.sessions VALUES ('', '', now(), now(), '')",
        "UPDATE holdfast_accounts.sessions SET account_id = ''", "DELETE FROM holdfast_accounts.revocations",
        "UPDATE holdfast_accounts.revocation_head SET number = 0",
        "SELECT holdfast_accounts.purge(now(), now(), now(), now(), 1)",
        "SELECT holdfast_accounts.end_sessions('', NULL, now())",
        "SELECT holdfast_accounts.open_session('', '', '', '', '', now(), 1)",
    ]

    @Test("is refused all that its nodes need not do")
    func refused() async throws {
        try await TestDatabase.with { database in
            _ = try await PostgresUnderTest(database: database).openLog().append(.one(events: 2))
            for (role, statements) in [
                (database.app(), Self.ofTheOwner), (database.reader(), Self.ofTheOwner + Self.ofAppenders),
            ] {
                for statement in statements {
                    let error = await #expect(throws: PostgresError.self, "\(statement)") {
                        try await role.script(statement)
                    }
                    #expect(error?.sqlState == "42501", "\(statement)")
                }
                await role.disconnect()
            }
        }
    }

    @Test("of a query node can't end a command node's sessions, as its own")
    func sessions() async throws {
        try await TestDatabase.with { database in
            let app = database.app(), reader = database.reader()
            let writer = try await app.query(PostgresStatement(once: "SELECT pg_backend_pid()")).int32(0, 0)
            let error = await #expect(throws: PostgresError.self) {
                try await reader.script("SELECT pg_terminate_backend(\(writer))")
            }
            #expect(error?.sqlState == "42501")
            for client in [app, reader] { await client.disconnect() }
        }
    }

    @Test("of a query node reads the log, vouches for its head, folds the stored views and knows sessions")
    func allowed() async throws {
        try await TestDatabase.with { database in
            _ = try await PostgresUnderTest(database: database).openLog().append(.one(events: 2))
            let log = PostgresEventLog(conninfo: database.readerConninfo, logger: .test)
            #expect(try await log.events(after: 0, limit: 10).count == 2)
            #expect(try await HashedHead.durable(in: log, vouchedForBy: log.readBarrier)?.position == 2)
            await log.disconnect()
            let reader = database.reader()
            for statement in [
                "SELECT holdfast.try_lease(\(Self.ordersLease))", "SELECT holdfast_orders.clear(0, 0, 0, 1, 1)",
                "SELECT holdfast_shows.clear(0, 0, 0, 1, 1)", "SELECT holdfast.position_at(now())",
                "SELECT hash, account_id FROM holdfast_accounts.sessions", "SELECT * FROM holdfast.events",
                "UPDATE holdfast_accounts.sessions SET seen_at = now()",
                "SELECT mailbox, created_at FROM holdfast_accounts.accounts",
            ] { try await reader.script(statement) }
            await reader.disconnect()
        }
    }

    @Test("of earlier versions may do what command nodes may")
    func earlier() async throws {
        try await TestDatabase.with { database in
            let app = database.earlierApp()
            for statement in [
                "SELECT holdfast.barrier(), holdfast.claim_writer(1)",
                "SELECT pg_try_advisory_lock(\(Self.paymentLease))", "SELECT password FROM holdfast_accounts.accounts",
                "SELECT holdfast_orders.clear(0, 0, 0, 1, 1)",
            ] { try await app.script(statement) }
            await app.disconnect()
        }
    }
}
