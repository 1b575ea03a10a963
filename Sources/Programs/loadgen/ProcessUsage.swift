import Foundation

/// The processor time of a process and its children, from /proc (proc(5)).
enum ProcessUsage {
    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

    /// In seconds. What has ended meanwhile no longer counts.
    static func seconds(of pid: Int32) -> Double {
        var ticks = ticks(of: pid)
        if let children = text("/proc/\(pid)/task/\(pid)/children") {
            for child in children.split(separator: " ") { ticks += Self.ticks(of: Int32(child) ?? 0) }
        }
        return Double(ticks) / ticksPerSecond
    }

    private static func ticks(of pid: Int32) -> Int {
        // The name, in parentheses, may hold anything: count the fields after it. User and system time are 14 and 15.
        guard let stat = text("/proc/\(pid)/stat"), let name = stat.lastIndex(of: ")") else { return 0 }
        let fields = stat[name...].split(separator: " ")
        return fields.count > 13 ? (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0) : 0
    }

    private static func text(_ path: String) -> String? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }  // It has ended.
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
