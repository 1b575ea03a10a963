import Synchronization

/// How much work a caller is asked for, in bits; each doubles it. 18 take a browser about a second.
public enum WorkDifficulty {
    public static let bitsRange = 8...24
    public static let baseBitsDefault = 17
    /// Tries a second that a node takes calmly; each doubling of them asks for one bit more.
    static let calmTriesPerSecond = 50
    private static let loadBitsMax = 4

    /// - Parameters:
    ///   - base: what the least suspicious are asked for on a calm day.
    ///   - triesPerSecond: to take places, of all callers of the node.
    public static func bits(base: Int, action: BotAction, triesPerSecond: Int) -> Int {
        var load = 0
        while load < loadBitsMax, triesPerSecond > calmTriesPerSecond << load { load += 1 }
        let suspicion = action >= .challenge ? 3 : 0
        return min(max(base + load + suspicion, bitsRange.lowerBound), bitsRange.upperBound)
    }
}

/// How many times a second something happens: a count of this second and of the one before.
public final class RecentPace: Sendable {
    private struct State {
        var second: Int64 = 0
        var count = 0
        var before = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// It happens once more.
    ///
    /// - Returns: how often it happened in the second before, or in this one if that is more.
    public func count(at now: Int64) -> Int {
        let second = now / 1_000_000_000
        return state.withLock { state in
            if second > state.second {
                state.before = second == state.second + 1 ? state.count : 0
                state.second = second
                state.count = 0
            }
            state.count += 1
            return max(state.before, state.count)
        }
    }
}
