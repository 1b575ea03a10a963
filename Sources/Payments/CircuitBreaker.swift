/// Spares a provider that fails, and whoever waits for it, the calls that would fail too.
///
/// Closed, all calls pass. After ``failuresMax`` failures in a row it opens: no call passes until a pause is over, then
/// one does, as a probe. Its success closes the breaker; its failure opens it for twice as long.
struct CircuitBreaker: Sendable {
    static let failuresMax = 8
    static let pauseMin = Duration.milliseconds(500)
    static let pauseMax = Duration.seconds(15)

    private var failures = 0
    private var pause = pauseMin
    private var openUntil: Duration?
    private var isProbing = false

    var isOpen: Bool { openUntil != nil }

    /// When a call may pass again; nil: now.
    func blockedUntil(_ now: Duration) -> Duration? {
        guard let openUntil else { return nil }
        if isProbing { return now + Self.pauseMin }
        return openUntil > now ? openUntil : nil
    }

    /// A call passes.
    mutating func passed() { if isOpen { isProbing = true } }

    mutating func succeeded() { self = CircuitBreaker() }

    mutating func failed(at now: Duration) {
        failures += 1
        if isProbing {
            isProbing = false
            pause = min(pause * 2, Self.pauseMax)
            openUntil = now + pause
        } else if !isOpen && failures >= Self.failuresMax {
            openUntil = now + pause
        }
    }
}
