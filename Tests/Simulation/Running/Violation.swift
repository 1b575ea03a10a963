/// What a run is judged by; the numbers are those of the design's promises.
package enum Promise: Int, Equatable, Sendable {
    case neverTwoOwners = 1
    case noChargeWithoutATicket = 2
    case acknowledgedMeansDurable = 3
    case answersAreFinal = 4
    case viewsAreTheirFold = 5
    case readsAreAsFreshAsAsked = 6
    case theLogIsWhole = 7
    case inTurn = 10
    /// In the end, with nothing wrong any more: every command has its answer, every replica the head, nobody waits.
    case everythingEnds = 0
}

/// A promise that was not kept.
package struct Violation: Equatable, Sendable, CustomStringConvertible {
    package var promise: Promise
    package var detail: String

    package var description: String { "\(promise): \(detail)" }
}
