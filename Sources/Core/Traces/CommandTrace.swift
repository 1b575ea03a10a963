import Synchronization

/// A command's place in its trace, and since when it waits for the next step. Only commands of traces that are sampled have
/// one.
public final class CommandTrace: Sendable {
    /// Of the span that asked for the command.
    public let parent: TraceContext
    private let waitsSince: Atomic<UInt64>

    /// The command waits from now on.
    public init(_ parent: TraceContext) {
        self.parent = parent
        waitsSince = Atomic(TraceSpan.now)
    }

    /// The command goes on at a time, in nanoseconds since 1970.
    ///
    /// - Returns: since when it waited.
    public func proceed(at time: UInt64) -> UInt64 { waitsSince.exchange(time, ordering: .relaxed) }
}
