import Foundation
import Synchronization

/// A place where a test may kill the process, as a power cut would: by SIGKILL, with no chance to clean up.
///
/// Off unless the environment says otherwise: `HOLDFAST_FAILPOINT=after-commit:25` dies when that place is passed for the
/// 25th time. Debug builds alone have it, which the tests run: whoever can set a release's environment can't arm it.
///
/// The boundaries of a purchase's side effects are numbered. 1 to 3 are passed with each of its appends, the further ones
/// with each call of the payment provider that has an effect; to look a payment up has none. `PurchaseCrashTests` dies at
/// each of them, on the way of every kind of purchase.
public enum Failpoint: String, Sendable, CaseIterable {
    /// 1. A batch is decided, and not yet on its way to the log.
    case beforeAppend = "before-append"
    /// 2. A batch is in the log; no replica was told, nobody was answered.
    case afterCommit = "after-commit"
    /// 3. The replicas were told; nobody was answered.
    case afterPublish = "after-publish"
    /// 4. An authorization is about to be asked for.
    case beforeAuthorize = "before-authorize"
    /// 5. It is answered, and not yet proposed to the log; so are the others below.
    case afterAuthorize = "after-authorize"
    /// 6. The money is about to be taken; the sale is in the log.
    case beforeCapture = "before-capture"
    /// 7. It is taken.
    case afterCapture = "after-capture"
    /// 8. What may have been authorized is about to be closed, so that it never will be.
    case beforeClose = "before-close"
    /// 9. It is closed, or its authorization is known now.
    case afterClose = "after-close"
    /// 10. An authorization without a sale is about to be given back.
    case beforeVoid = "before-void"
    /// 11. It is given back.
    case afterVoid = "after-void"
    /// 12. Money is about to go back; that it is due is in the log.
    case beforeRefund = "before-refund"
    /// 13. It went back.
    case afterRefund = "after-refund"
    /// Not of a purchase: some views have applied a batch, others have not.
    case midApply = "mid-apply"
    /// Not of a purchase: a snapshot is written aside, and not yet in its place.
    case midSnapshot = "mid-snapshot"
    /// Not of a purchase: a sink is about to put events outside; they are put, and not yet behind its checkpoint; it is kept.
    case beforeSink = "before-sink"
    case afterSink = "after-sink"
    case afterCheckpoint = "after-checkpoint"

    /// Those that are not on the way of a purchase.
    public static let ofNoPurchase: Set<Failpoint> = [
        .midApply, .midSnapshot, .beforeSink, .afterSink, .afterCheckpoint,
    ]

    private static let armed = Armed(environment: ProcessInfo.processInfo.environment)

    /// Passes this place; does not return if it is armed and this is the time.
    @inlinable public func pass() {
        #if DEBUG
            passArmed()
        #endif
    }

    @usableFromInline func passArmed() {
        guard let armed = Self.armed, armed.place == self, armed.isLastPass() else { return }
        kill(getpid(), SIGKILL)
        // The signal may reach another thread first; nothing more may happen on this one.
        while true { pause() }
    }

    private final class Armed: Sendable {
        let place: Failpoint
        private let passesLeft: Atomic<Int>

        init?(environment: [String: String]) {
            guard let text = environment["HOLDFAST_FAILPOINT"] else { return nil }
            let parts = text.split(separator: ":")
            guard let place = parts.first.flatMap({ Failpoint(rawValue: String($0)) }), parts.count <= 2,
                let passes = parts.count == 2 ? Int(parts[1]) : 1, passes > 0
            else { fatalError("HOLDFAST_FAILPOINT=\(text) names no failpoint") }
            self.place = place
            passesLeft = Atomic(passes)
        }

        func isLastPass() -> Bool { passesLeft.subtract(1, ordering: .relaxed).newValue == 0 }
    }
}
