/// What a command came to. Recorded in the same transaction as its events, and final.
public enum Outcome: Equatable, Sendable {
    case accepted
    case rejected(Rejection)
}
