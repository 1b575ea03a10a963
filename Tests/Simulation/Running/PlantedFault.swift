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
    /// Somebody who joins a line now and then gets the place of whoever is last in it.
    case backwardPlace
    /// Somebody who is admitted is now and then admitted once more.
    case secondAdmission
    /// A seed is revealed with the close of the draw's set, before the log's hash there is on record.
    case earlySeed
    /// An offer that is due is now and then not made.
    case skippedWaiter
    /// An offer is now and then made to somebody who has waited less long.
    case laterOffer
    /// Replicas now and then show what came free before they show the offer of it.
    case freedSeatShown
    /// An offer's hold stays when its time is over.
    case keptOffer

    /// It strikes between a decision and the log.
    var misdecides: Bool {
        switch self {
        case .doubleSell, .resoldTwice, .skippedWaiter, .laterOffer, .keptOffer: true
        default: concernsRoom
        }
    }

    /// It strikes only where there is a waiting room.
    var concernsRoom: Bool {
        switch self {
        case .jumpedQueue, .backwardPlace, .secondAdmission, .earlySeed: true
        default: false
        }
    }

    /// It strikes only where people wait for what comes free.
    var concernsWaitlist: Bool {
        switch self {
        case .skippedWaiter, .laterOffer, .freedSeatShown, .keptOffer: true
        default: false
        }
    }
}
