public import Sequencing

extension SequencerLimits {
    /// For a log in memory, which works on Swift's pool: tests beside it may keep that pool busy for long, and nobody is to
    /// be told that the log did not answer.
    public static var patient: SequencerLimits {
        var limits = SequencerLimits()
        limits.deadlineTicks = 3_000
        return limits
    }
}
