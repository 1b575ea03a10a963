import Domain
import EventLog
import Sequencing

/// An order that was placed, as its own command left it. Both ways of `POST /orders` go on from here, so they say the same.
struct PlacedOrder: Sendable {
    let started: OrderRecord
    let recorded: RecordedAnswer
    /// An earlier attempt with the same key placed it.
    let isReplayed: Bool
    /// What it was placed with.
    let command: StartPurchase

    /// Nil: the answer to `command` is of no order, and says all there is to say.
    init?(_ answer: CommandAnswer, to command: StartPurchase) {
        guard case .recorded(let recorded, let isReplayed) = answer, let started = recorded.order else { return nil }
        self.started = started
        self.recorded = recorded
        self.isReplayed = isReplayed
        self.command = command
    }

    /// Nothing more becomes of it: an order of nothing that costs money ends with its own command.
    var isSettled: Bool { started.hasEnded }
}
