/// The generations of the log. Raising the epoch may have cut a tail: what an older epoch said beyond the new one's
/// start was lost.
public struct EpochHistory: Equatable, Sendable {
    public struct Epoch: Equatable, Sendable {
        public var epoch: Int64
        /// The last sequence number of the log when this epoch began; its own events come after it.
        public var startsAfter: Int64

        public init(epoch: Int64, startsAfter: Int64) {
            self.epoch = epoch
            self.startsAfter = startsAfter
        }
    }

    /// Ascending, never empty.
    public var epochs: [Epoch]

    public init(epochs: [Epoch]) {
        precondition(!epochs.isEmpty, "a log has an epoch from the start")
        self.epochs = epochs
    }

    public var current: Int64 { epochs[epochs.count - 1].epoch }

    public enum Verdict: Equatable, Sendable {
        /// The log has, or may yet get, this place.
        case valid
        /// The place was in a tail that a later epoch cut off.
        case lost
        /// No such epoch was begun yet.
        case unknownEpoch
    }

    /// Whether `token` still means the place it meant when it was given out.
    public func judge(_ token: LogPosition) -> Verdict {
        guard epochs.contains(where: { $0.epoch == token.epoch }) else { return .unknownEpoch }
        return epochs.contains { $0.epoch > token.epoch && $0.startsAfter < token.position } ? .lost : .valid
    }
}
