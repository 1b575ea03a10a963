import Synchronization

/// Decides which requests are traced.
///
/// * A caller who records its own trace (the flag *sampled*) gets its wish, for so many requests a second of all callers
///   together: nobody outside can make the service record more. Beyond that it is one of the others.
/// * A caller who says that it does not record is not traced either.
/// * Of the others, and of those whose headers can't be understood, one in so many is.
public final class TraceSampler: Sendable {
    /// Of 2^64; nil: all.
    private let threshold: UInt64?
    private let budget: Mutex<CallerBudget>
    private let count: Atomic<UInt64>

    /// - Parameters:
    ///   - rate: of requests without a trace of their own, 0 to 1.
    ///   - callersPerSecond: traces that callers may ask for; 0: none.
    ///   - seed: two samplers with the same one choose the same.
    public init(rate: Double, callersPerSecond: Int, seed: UInt64 = .random(in: .min ... .max)) {
        precondition((0...1).contains(rate) && callersPerSecond >= 0, "a sampling rate is a part of all")
        threshold = rate < 1 ? UInt64(rate * 0x1p64) : nil
        budget = Mutex(CallerBudget(perSecond: callersPerSecond))
        count = Atomic(seed)
    }

    /// Whether a request without a trace of its own is traced. Costs no allocation and no random number.
    func chooses() -> Bool {
        guard let threshold else { return true }
        guard threshold > 0 else { return false }
        // SplitMix64: its outputs are as evenly spread as random numbers, and an atomic addition is all that threads share.
        var mixed = count.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31) < threshold
    }

    /// Whether a request is traced whose caller says so.
    func grants(at now: ContinuousClock.Instant) -> Bool { budget.withLock { $0.take(at: now) } }

    /// A request that was granted its trace has not begun after all.
    func giveBack() { budget.withLock { $0.giveBack() } }
}

/// How many traces callers may still ask for: a token bucket that holds one second's worth. Pure; time is a parameter.
struct CallerBudget {
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant?

    init(perSecond: Int) {
        self.perSecond = Double(perSecond)
        tokens = Double(perSecond)
    }

    mutating func take(at now: ContinuousClock.Instant) -> Bool {
        if let filledAt, filledAt < now {
            tokens = min(perSecond, tokens + perSecond * (filledAt.duration(to: now) / .seconds(1)))
        }
        filledAt = max(filledAt ?? now, now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    mutating func giveBack() { tokens = min(perSecond, tokens + 1) }
}
