/// A bug put in on purpose, to prove that the judge sees it.
package enum PlantedFault: CaseIterable, Equatable, Sendable {
    /// The decider now and then sells seats that are taken.
    case doubleSell
    /// A follower now and then leaves an event out.
    case skippedEvent
    /// A follower now and then hands an event to one of its views that takes no notice, and yet moves on.
    case forgottenEvent
    /// A read now and then doesn't wait for what it was asked to reflect.
    case staleRead
    /// A replay now and then gets another answer than the first time.
    case changedAnswer
    /// The log now and then says "appended" and forgets.
    case lostAcknowledgedHold
    /// The log now and then gives a sequence number that it had given before.
    case reusedSequenceNumber
    /// A replica answers reads before it has caught up.
    case earlyRead
    /// The stored view takes every head of the log for one of the epoch it knows.
    case ignoredEpoch
    /// The stored view's database commits a page wherever the view is.
    case uncheckedCheckpoint
    /// The stored view's database now and then changes a row by itself.
    case forgottenRow
    /// The payment process now and then captures what it has just authorized, before the sale is in the log.
    case earlyCapture
    /// The payment process moves money by what it has only seen in the log, and not passed a barrier for.
    case skippedBarrier
    /// The payment process now and then makes a refund a second time, as another one.
    case doubleRefund
    /// The payment process now and then takes an authorization for voided that is not.
    case forgottenVoid
    /// A sale of a seat now and then leaves its seller the ticket.
    case resoldTwice
    /// Two people who are admitted together now and then change places.
    case jumpedQueue
}
