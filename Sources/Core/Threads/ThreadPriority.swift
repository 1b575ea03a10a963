internal import Glibc

/// How a thread shares the processor with the process's others.
public enum ThreadPriority: Sendable {
    case normal
    /// Runs in the time that others leave over, and in hardly any where they leave none (`nice(2)` 19): for what may come later,
    /// such as telling others what has happened.
    case background

    /// Gives it to the calling thread, and to those that it starts.
    public func apply() {
        // Lowering it is always allowed. For Linux, a “process” is a thread here.
        if self == .background { _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 19) }
    }
}
