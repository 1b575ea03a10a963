/// What a look at one thing came to, and what to do about it.
public struct Finding: Equatable, Sendable {
    public enum Status: String, Comparable, Sendable {
        case ok
        /// It works, and will not for ever.
        case warning
        case problem

        public static func < (one: Status, other: Status) -> Bool { one.rank < other.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warning: 1
            case .problem: 2
            }
        }
    }

    /// What was looked at, such as `disk` or `view orders`.
    public var check: String
    public var status: Status
    /// What was found.
    public var detail: String
    /// What to do. Nil: nothing.
    public var advice: String?

    public init(_ check: String, _ status: Status, _ detail: String, advice: String? = nil) {
        self.check = check
        self.status = status
        self.detail = detail
        self.advice = advice
    }

    /// All is well.
    public init(_ check: String, _ detail: String) { self.init(check, .ok, detail) }
}

extension Sequence<Finding> {
    /// The worst; ``Finding/Status/ok`` of nothing.
    public var worst: Finding.Status { map(\.status).max() ?? .ok }
}
