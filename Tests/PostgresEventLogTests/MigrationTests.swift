import Foundation
import Postgres
import TestSupport
import Testing

@Suite("The migration")
struct MigrationTests {
    @Test("can be run again and again")
    func idempotent() async throws {
        try await TestDatabase.with { database in
            let applied = PostgresStatement(
                once: "SELECT string_agg(file, ' ' ORDER BY file) FROM holdfast.schema_migrations")
            let before = try await database.admin().query(applied).text(0, 0)
            #expect(before.hasPrefix("0001_log.sql 0002_append.sql"))
            #expect(try await Project.run("tools/migrate", database.adminConninfo) == "")
            #expect(try await database.admin().query(applied).text(0, 0) == before)
        }
    }

    @Test("runs several at once, one after the other")
    func concurrent() async throws {
        try await TestDatabase.with { database in
            try await database.admin().script("DROP SCHEMA holdfast CASCADE")
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 { group.addTask { try await Project.run("tools/migrate", database.adminConninfo) } }
                try await group.waitForAll()
            }
        }
    }

    @Test("refuses when an applied file was changed")
    func changed() async throws {
        try await TestDatabase.with { database in
            try await withCopyOfSchema { copy in
                let file = copy.appending(path: "schema/0001_log.sql")
                try (String(contentsOf: file, encoding: .utf8) + "-- changed\n")
                    .write(to: file, atomically: true, encoding: .utf8)
                let failure = await #expect(throws: ToolFailure.self) {
                    try await Project.run("tools/migrate", database.adminConninfo, in: copy)
                }
                #expect(failure?.output.contains("schema/0001_log.sql was changed") == true)
            }
        }
    }

    @Test("refuses a database that is newer than itself")
    func newer() async throws {
        try await TestDatabase.with { database in
            try await database.admin().script(
                "INSERT INTO holdfast.schema_migrations (file, checksum) VALUES ('9999_future.sql', 'x')")
            let failure = await #expect(throws: ToolFailure.self) {
                try await Project.run("tools/migrate", database.adminConninfo)
            }
            #expect(failure?.output.contains("9999_future.sql") == true)
        }
    }

    @Test("undoes a file that fails, whole")
    func failing() async throws {
        try await TestDatabase.with { database in
            try await withCopyOfSchema { copy in
                try "CREATE TABLE holdfast.half (); SELECT 1 / 0;"
                    .write(to: copy.appending(path: "schema/9000_bad.sql"), atomically: true, encoding: .utf8)
                await #expect(throws: ToolFailure.self) {
                    try await Project.run("tools/migrate", database.adminConninfo, in: copy)
                }
            }
            let half = PostgresStatement(once: "SELECT to_regclass('holdfast.half') IS NULL")
            #expect(try await database.admin().query(half).bool(0, 0))
        }
    }

    private func withCopyOfSchema(_ body: (URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            for name in ["tools/migrate", "tools/lib", "schema"] {
                let target = folder.appending(path: name)
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.copyItem(at: Project.root.appending(path: name), to: target)
            }
            try await body(folder)
        }
    }
}
