public import Logging
import Synchronization

/// From which level on each part of the program logs. It can be changed while the program runs.
public final class LogLevels: Sendable {
    /// The parts, which are the labels of loggers.
    public let subsystems: [String]
    private let defaultLevel: Logger.Level
    private let levels: [String: Slot]

    /// A level that is read for every event.
    private final class Slot: Sendable {
        let index: Atomic<Int>

        init(_ level: Logger.Level) { index = Atomic(level.index) }
    }

    public init(_ subsystems: [String], level: Logger.Level) {
        self.subsystems = subsystems
        defaultLevel = level
        levels = Dictionary(subsystems.map { ($0, Slot(level)) }) { first, _ in first }
    }

    /// A part that is not among ``subsystems`` has the level of the start.
    public subscript(subsystem: String) -> Logger.Level {
        guard let slot = levels[subsystem] else { return defaultLevel }
        return Logger.Level.allCases[slot.index.load(ordering: .relaxed)]
    }

    /// False: there is no such part.
    public func set(_ subsystem: String, to level: Logger.Level) -> Bool {
        guard let slot = levels[subsystem] else { return false }
        slot.index.store(level.index, ordering: .relaxed)
        return true
    }
}

extension Logger.Level {
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
