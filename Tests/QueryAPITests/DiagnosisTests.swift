import Diagnosis
import Testing

@Suite("What a machine, a database and a node should be like")
struct DiagnosisTests {
    @Test("A full disk is a problem before it is full")
    func disk() {
        let gibibyte: Int64 = 1 << 30
        #expect(Finding.disk(at: "/d", free: 50 * gibibyte, total: 100 * gibibyte).status == .ok)
        #expect(Finding.disk(at: "/d", free: 4 * gibibyte, total: 100 * gibibyte).status == .warning)
        #expect(Finding.disk(at: "/d", free: gibibyte, total: 10 * gibibyte).status == .warning)
        #expect(Finding.disk(at: "/d", free: gibibyte / 5, total: 10 * gibibyte).status == .problem)
        #expect(Finding.disk(at: "/d", free: 0, total: 0).status == .problem)
        #expect(
            Finding.disk(at: "/d", free: 3 * gibibyte / 2, total: 2 * gibibyte).detail
                == "1.5 GiB of 2.0 GiB are free at /d")
    }

    @Test("A clock is judged by what is certain of it")
    func clock() {
        #expect(Finding.clock(offset: 0.2, uncertainty: 0.1, against: "x").status == .ok)
        #expect(Finding.clock(offset: -1.5, uncertainty: 0.6, against: "x").status == .ok)
        #expect(Finding.clock(offset: -1.5, uncertainty: 0.1, against: "x").detail == "1400 ms behind x")
        #expect(Finding.clock(offset: 40, uncertainty: 1, against: "x").status == .problem)
        #expect(Finding.clock(offset: .infinity, uncertainty: 1, against: "x").status == .problem)
        #expect(Finding.timeServer(isSynchronised: false).status == .warning)
    }

    @Test("Keys that others may read, or that are missing, are problems; old ones are to be replaced")
    func keys() {
        #expect(Finding.secret(at: "k", mode: 0o600, days: 3, daysMax: 365).status == .ok)
        #expect(Finding.secret(at: "k", mode: 0o640, days: 3, daysMax: 365).status == .problem)
        #expect(Finding.secret(at: "k", mode: 0o604, days: 3, daysMax: nil).detail == "others may read it (mode 604)")
        #expect(Finding.secret(at: "k", mode: nil, days: 0, daysMax: nil).status == .problem)
        #expect(Finding.secret(at: "k", mode: 0o600, days: 400, daysMax: 365).status == .warning)
        #expect(Finding.secret(at: "k", mode: 0o600, days: 400, daysMax: nil).status == .ok)
    }

    @Test("Settings with which the log refuses appends, or a crash damages it, are problems")
    func database() {
        for value in ["off", "local"] { #expect(Finding.setting("synchronous_commit", value).status == .problem) }
        for value in ["on", "remote_write", "remote_apply"] {
            #expect(Finding.setting("synchronous_commit", value).status == .ok)
        }
        #expect(Finding.setting("fsync", "off").status == .problem)
        #expect(Finding.postgresVersion(130_011).status == .problem)
        #expect(Finding.postgresVersion(150_014).detail == "PostgreSQL 15.14")
        #expect(Finding.connections(used: 80, max: 100).status == .ok)
        #expect(Finding.connections(used: 81, max: 100).status == .warning)
        #expect(Finding.role("a", isSuperuser: false, mayChange: true, lacks: []).status == .problem)
        #expect(Finding.role("a", isSuperuser: true, mayChange: false, lacks: []).status == .problem)
        #expect(Finding.role("a", isSuperuser: false, mayChange: false, lacks: []).status == .ok)
        let role = Finding.role("a", isSuperuser: false, mayChange: false, lacks: ["holdfast.append"])
        #expect(role.status == .problem && role.detail == "may not use holdfast.append")
        #expect(Finding.waits(lock: 1.9, standby: 1.9, hidden: 0).status == .ok)
        #expect(Finding.waits(lock: 7.5, standby: 0, hidden: 3).detail == "a statement has waited 7 s for a lock")
        #expect(
            Finding.waits(lock: 7, standby: 9, hidden: 0).detail == "a commit has waited 9 s for a synchronous standby")
        #expect(Finding.schema("s", missing: ["0004_x.sql"], count: 4).advice == "Run tools/migrate.")
        #expect(Finding.schema("s", missing: ["a", "b"], count: 2).detail == "not applied: all 2 files")
        #expect(Finding.schema("s", missing: [], count: 2).status == .ok)
        #expect(Finding.schema("s", missing: [], count: 0).status == .problem)
        #expect(Finding.webhooks(count: 2, failing: 0).status == .ok)
        #expect(Finding.webhooks(count: 2, failing: 1).status == .warning)
        #expect(Finding.standby(isInRecovery: true).status == .problem)
        #expect(Finding.sink("mail", behind: 0, still: 90_000).status == .ok)
        #expect(Finding.sink("mail", behind: 7, still: 119).status == .ok)
        #expect(Finding.sink("mail", behind: 7, still: 121).detail == "is 7 events behind, and moved 121 s ago")
        #expect(Finding.sink("mail", behind: 7, still: 121).status == .warning)
    }

    @Test("A node is as well as the worst of it")
    func node() {
        #expect(Finding.view("v", behind: 0, stop: "event 4: what?").status == .problem)
        #expect(Finding.view("v", behind: 1_001, stop: nil).status == .warning)
        #expect(Finding.view("v", behind: 10_001, stop: nil).status == .problem)
        #expect(Finding.replica(isReady: false, hasCaughtUp: true, alarm: nil).status == .problem)
        #expect([Finding.parked(0), .fanout(silent: 1), .log(head: 5, error: nil)].worst == .warning)
        #expect([Finding]().worst == .ok)
        // Whoever is told of a problem is told what to do.
        for finding in [
            Finding.parked(2), .fanout(silent: 1), .log(head: nil, error: "gone"), .openFiles(limit: 1024),
            .processors(1), .memory(available: 1 << 20, total: 1 << 33),
        ] {
            #expect(finding.status != .ok && finding.advice?.isEmpty == false)
        }
    }
}
