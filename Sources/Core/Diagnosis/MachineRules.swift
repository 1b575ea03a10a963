/// What a machine should be like.
extension Finding {
    /// Room where `path` is, in bytes.
    public static func disk(at path: String, free: Int64, total: Int64) -> Finding {
        let share = total > 0 ? Double(free) / Double(total) : 0
        let detail = "\(gibibytes(free)) of \(gibibytes(total)) are free at \(path)"
        let advice = "Make room, or move the data to a larger disk: without room, PostgreSQL stops."
        if free < 256 << 20 || share < 0.01 { return Finding("disk", .problem, detail, advice: advice) }
        if free < 2 << 30 || share < 0.05 { return Finding("disk", .warning, detail, advice: advice) }
        return Finding("disk", detail)
    }

    /// - Parameters:
    ///   - offset: this machine's clock minus another's, in seconds.
    ///   - uncertainty: how long the question took, in seconds.
    public static func clock(offset: Double, uncertainty: Double, against other: String) -> Finding {
        let apart = max(0, offset.magnitude - uncertainty)
        let detail = "\(milliseconds(apart)) ms \(offset < 0 ? "behind" : "ahead of") \(other)"
        let advice = "Have both machines set their clocks by NTP: holds expire and tokens are checked by the clock."
        if apart > 30 { return Finding("clock", .problem, detail, advice: advice) }
        if apart > 1 { return Finding("clock", .warning, detail, advice: advice) }
        return Finding("clock", "at most \(milliseconds(offset.magnitude + uncertainty)) ms from \(other)")
    }

    /// - Parameter isSynchronised: whether the kernel has its clock from a time server; nil: it does not say.
    public static func timeServer(isSynchronised: Bool?) -> Finding {
        switch isSynchronised {
        case true?: Finding("time server", "the kernel says that its clock is synchronised")
        case false?:
            Finding(
                "time server", .warning, "the kernel says that its clock is not synchronised",
                advice:
                    "Run chrony, systemd-timesyncd or ntpd, unless the host of this virtual machine keeps the clock.")
        case nil: Finding("time server", "the kernel does not say")
        }
    }

    /// - Parameter files: how many files a process may have open.
    public static func openFiles(limit files: UInt64) -> Finding {
        // 12,288 connections, and what else a node has open.
        if files >= 16_384 { return Finding("open files", "a process may have \(files) files open") }
        return Finding(
            "open files", .warning, "a process may have \(files) files open",
            advice: "Raise the limit to 16384 (ulimit -n, or LimitNOFILE in the unit): each connection is a file.")
    }

    public static func memory(available: Int64, total: Int64) -> Finding {
        let detail = "\(gibibytes(available)) of \(gibibytes(total)) are available"
        if available < 256 << 20 {
            return Finding("memory", .problem, detail, advice: "Stop something, or give the machine more memory.")
        }
        if available < 1 << 30 {
            return Finding("memory", .warning, detail, advice: "A large on-sale may need more; see docs/operations.md.")
        }
        return Finding("memory", detail)
    }

    public static func processors(_ count: Int) -> Finding {
        if count >= 2 { return Finding("processors", "\(count)") }
        return Finding(
            "processors", .warning, "\(count)", advice: "A node has threads that want to run at once: give it two.")
    }

    /// A file that only its owner may read, or a folder that only its owner may enter.
    ///
    /// - Parameters:
    ///   - mode: the permission bits; nil: there is no such file.
    ///   - days: how long ago it was written.
    ///   - daysMax: when a key is to be replaced; nil: it need not be.
    public static func secret(at path: String, mode: UInt32?, days: Int, daysMax: Int?) -> Finding {
        let check = "key \(path)"
        guard let mode else {
            return Finding(check, .problem, "is missing", advice: "tools/up, or holdfast keys, creates it.")
        }
        if mode & 0o077 != 0 {
            return Finding(
                check, .problem, "others may read it (mode \(String(mode & 0o777, radix: 8)))",
                advice: "chmod go= \(path); and replace the key, if others use this machine.")
        }
        if let daysMax, days > daysMax {
            return Finding(
                check, .warning, "is \(days) days old",
                advice: "Replace it; docs/operations.md says how a new key takes over from an old one.")
        }
        return Finding(check, "only its owner may read it, \(days) days old")
    }

    static func gibibytes(_ bytes: Int64) -> String {
        let tenths = bytes * 10 / (1 << 30)
        return "\(tenths / 10).\(tenths % 10) GiB"
    }

    private static func milliseconds(_ seconds: Double) -> Int { Int((min(seconds, 1e9) * 1000).rounded()) }
}
