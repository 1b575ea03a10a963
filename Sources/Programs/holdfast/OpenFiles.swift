import Foundation
import HTTPServer

/// How many files this process may have open; a connection is one.
enum OpenFiles {
    private static let wanted: rlim_t = 65_536

    /// What the system lets the process have at this moment.
    static var limit: Int { current.map { Int(clamping: $0.rlim_cur) } ?? 0 }

    /// Asks for as many as the system's hard limit allows: shells and units often begin with 1,024.
    static func raiseLimit() {
        guard var limit = current, limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        // Where that is refused, the node has fewer, as operators see.
        setrlimit(resource, &limit)
    }

    /// Limits under which connections leave files for everything else: a process that has none left can't go on.
    static func fitting(_ limits: ServerLimits) -> ServerLimits {
        var fitting = limits
        fitting.connectionsMax = min(limits.connectionsMax, max(limit / 4 * 3, 1))
        return fitting
    }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

    private static var current: rlimit? {
        var limit = rlimit()
        return getrlimit(resource, &limit) == 0 ? limit : nil
    }
}
