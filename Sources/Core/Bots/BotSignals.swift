/// What is known of a caller who is about to take places, as numbers. ``BotScore`` makes a score of them.
public struct BotSignals: Equatable, Sendable {
    /// Since this node saw the caller for the first time, in seconds.
    public var ageSeconds = 0
    /// Tries to take places that came less than half a second after the caller's step before.
    public var hurriedTries = 0
    /// Tries to take places.
    public var tries = 0
    /// Holds that were placed and neither paid for nor outweighed by those that were: let go, expired, or still open.
    public var unboughtHolds = 0
    /// Places on the network (a /24 or a /56) that the caller came from.
    public var addresses = 0
    /// Callers that tried to take places from the caller's address.
    public var accountsAtAddress = 0
    /// Sets of headers, and of TLS properties where they are known, that these callers came with.
    public var printsAtAddress = 0
    /// The share of tries from the address that were made within seconds of the caller's first request, in percent.
    public var freshPercentAtAddress = 0
    /// Whether the caller, or anybody at the same address, looked at anything before.
    public var hasLooked = true
    public var headers = HeaderOddity.none

    public init() {}
}

/// Whether a request's headers are those of the program that they claim to be of.
public enum HeaderOddity: UInt8, CaseIterable, Sendable {
    case none
    /// A browser that tells less than browsers do as a rule: an old one, or one that guards its user's privacy.
    case bare
    /// No `User-Agent`.
    case anonymous
    /// It claims to be a browser, and lacks what each version of that browser sends, or its TLS is no browser's.
    case contradictory
    /// It says itself that it is a program: a library for scripts, a browser without a window.
    case program
}
