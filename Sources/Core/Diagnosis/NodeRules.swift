/// What a node should be like.
extension Finding {
    /// - Parameters:
    ///   - behind: events that the view does not have yet.
    ///   - stop: why the view stands still; nil: it does not.
    public static func view(_ name: String, behind: Int64, stop: String?) -> Finding {
        let check = "view \(name)"
        if let stop {
            return Finding(
                check, .problem, "stopped: \(stop)",
                advice: "Restart the node with a version that knows the event; see docs/runbook.md#viewstopped.")
        }
        if behind > 10_000 {
            return Finding(
                check, .problem, "\(behind) events behind", advice: "See docs/runbook.md#viewlags.")
        }
        return Finding(check, behind > 1_000 ? .warning : .ok, "\(behind) events behind")
    }

    /// - Parameter alarm: why the views are built anew; nil: they are not.
    public static func replica(isReady: Bool, hasCaughtUp: Bool, alarm: String?) -> Finding {
        if isReady { return Finding("replica", "has caught up") }
        if let alarm {
            return Finding(
                "replica", .problem, "builds its views anew: \(alarm)", advice: "See docs/runbook.md#fanoutalarm.")
        }
        return Finding(
            "replica", .problem, hasCaughtUp ? "has fallen behind" : "has not caught up yet",
            advice: "Wait for it; if it does not get nearer, see docs/runbook.md#nodenotready.")
    }

    /// - Parameter error: why the log could not be read; nil: it was.
    public static func log(head: Int64?, error: String?) -> Finding {
        guard let error else { return Finding("log", "ends at \(head ?? 0)") }
        return Finding("log", .problem, error, advice: "See docs/runbook.md#postgreserrors.")
    }

    /// - Parameters:
    ///   - silent: publishers from which nothing is received.
    ///   - all: those that the node subscribes to.
    public static func fanout(silent: Int) -> Finding {
        guard silent > 0 else { return Finding("fan-out", "every publisher is heard") }
        return Finding(
            "fan-out", .warning, "\(silent) publishers are silent; the log is read instead",
            advice: "See docs/runbook.md#fanoutsilent.")
    }

    /// Payments that wait for an operator.
    public static func parked(_ count: Int) -> Finding {
        guard count > 0 else { return Finding("payments", "none waits for an operator") }
        return Finding(
            "payments", .warning, "\(count) wait for an operator",
            advice: "holdfast payments list says why; see docs/runbook.md#paymentsparked.")
    }
}
