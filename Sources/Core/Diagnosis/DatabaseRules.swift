/// What a database should be like.
extension Finding {
    /// - Parameter number: PostgreSQL's `server_version_num`.
    public static func postgresVersion(_ number: Int) -> Finding {
        let detail = "PostgreSQL \(number / 10_000).\(number % 10_000)"
        if number < 140_000 {
            return Finding("version", .problem, detail, advice: "Holdfast needs PostgreSQL 14 or newer.")
        }
        return Finding("version", detail)
    }

    /// A setting that the log refuses to work with, or that a crash would make regret.
    public static func setting(_ name: String, _ value: String) -> Finding {
        let check = "setting \(name)"
        switch (name, value) {
        case ("synchronous_commit", "off"), ("synchronous_commit", "local"):
            return Finding(
                check, .problem, value, advice: "Set it to on: the log refuses every append until then.")
        case ("fsync", "off"), ("full_page_writes", "off"):
            return Finding(
                check, .problem, value, advice: "Set it to on: a crash of the machine can damage the log otherwise.")
        default: return Finding(check, value)
        }
    }

    /// - Parameters:
    ///   - used: connections that are open.
    ///   - max: `max_connections`.
    public static func connections(used: Int, max: Int) -> Finding {
        let detail = "\(used) of \(max)"
        guard used * 10 > max * 8 else { return Finding("connections", detail) }
        return Finding(
            "connections", .warning, detail,
            advice: "Raise max_connections: a node has about \(connectionsOfANode), and waits where it gets none.")
    }

    /// A node with every role.
    static let connectionsOfANode = 25

    /// - Parameters:
    ///   - isSuperuser: whether the nodes' role is one.
    ///   - mayChange: whether it may update or delete what is in the log.
    ///   - lacks: what a role of its kind may do, and this one may not.
    public static func role(_ name: String, isSuperuser: Bool, mayChange: Bool, lacks: [String]) -> Finding {
        let check = "role \(name)"
        guard isSuperuser || mayChange else {
            guard !lacks.isEmpty else { return Finding(check, "cannot change what is in the log") }
            return Finding(
                check, .problem, "may not use \(lacks.joined(separator: ", "))",
                advice: "Somebody has revoked it, or it was never granted: see schema/README.md.")
        }
        return Finding(
            check, .problem, isSuperuser ? "is a superuser" : "may change what is in the log",
            advice: "Have the nodes connect as holdfast_appender or holdfast_reader, which tools/migrate makes.")
    }

    /// - Parameters:
    ///   - name: the schema's.
    ///   - missing: files of this version that were not applied, or of which the role can't see that they were.
    ///   - count: how many files this version has.
    public static func schema(_ name: String, missing: [String], count: Int) -> Finding {
        let check = "schema \(name)"
        guard count > 0 else {
            return Finding(
                check, .problem, "this version's files are not found", advice: "Name the folder schema in --schema.")
        }
        guard !missing.isEmpty else { return Finding(check, "\(count) files are applied") }
        let which = missing.count == count ? "all \(count) files" : missing.joined(separator: ", ")
        return Finding(check, .problem, "not applied: \(which)", advice: "Run tools/migrate.")
    }

    public static func standby(isInRecovery: Bool) -> Finding {
        guard isInRecovery else { return Finding("primary", "takes writes") }
        return Finding(
            "primary", .problem, "it is a standby",
            advice: "Name the primary in --postgres-url, or both with target_session_attrs=read-write.")
    }

    /// What statements wait for at this moment, and for how long at most, in seconds.
    ///
    /// - Parameters:
    ///   - lock: that another session has.
    ///   - standby: that has to confirm a commit.
    ///   - hidden: sessions of which the role is told nothing.
    public static func waits(lock: Double, standby: Double, hidden: Int) -> Finding {
        if standby > waitSecondsMax {
            return Finding(
                "waits", .problem, "a commit has waited \(Int(standby)) s for a synchronous standby",
                advice:
                    "Bring the standby back, or take it out of synchronous_standby_names. See docs/runbook.md#postgreserrors."
            )
        }
        guard lock > waitSecondsMax else {
            let seen = "nothing waits for long"
            return Finding(
                "waits", hidden == 0 ? seen : "\(seen), as far as this role sees (\(hidden) sessions are hidden)")
        }
        return Finding(
            "waits", .problem, "a statement has waited \(Int(lock)) s for a lock",
            advice: "pg_blocking_pids() says which session has it. See docs/runbook.md#postgreserrors.")
    }

    static let waitSecondsMax = 2.0

    /// How far a sink is that puts the log's events outside.
    ///
    /// - Parameters:
    ///   - behind: events that it has not put.
    ///   - still: seconds since its checkpoint moved.
    public static func sink(_ name: String, behind: Int64, still: Double) -> Finding {
        let check = "sink \(name)"
        guard behind > 0 else { return Finding(check, "has everything") }
        let detail = "is \(behind) events behind, and moved \(Int(still)) s ago"
        guard still > stillSinkSeconds else { return Finding(check, detail) }
        return Finding(
            check, .warning, detail,
            advice: """
                See docs/runbook.md#sinkfails. If no node has this sink any more, delete its row of \
                holdfast_sinks.checkpoints.
                """)
    }

    /// Sinks try again every half minute at the latest.
    static let stillSinkSeconds = 120.0

    /// How the endpoints of webhooks take what they are told.
    ///
    /// - Parameters:
    ///   - count: all that there are.
    ///   - failing: those that failed more than ``webhookFailuresMax`` times in a row.
    public static func webhooks(count: Int, failing: Int) -> Finding {
        guard failing > 0 else { return Finding("webhooks", "none of \(count) endpoints fails again and again") }
        return Finding(
            "webhooks", .warning,
            "\(failing) of \(count) endpoints have failed more than \(webhookFailuresMax) times in a row",
            advice: "See docs/runbook.md#webhookdown.")
    }

    /// The alert WebhookDown counts the same.
    public static let webhookFailuresMax = 5
}
