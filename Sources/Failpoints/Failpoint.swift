import Foundation
import Synchronization

/// A place where a test may kill the process, as a power cut would: by SIGKILL, with no chance to clean up.
///
/// Off unless the environment says otherwise: `HOLDFAST_FAILPOINT=after-commit:25` dies when that place is passed for the
/// 25th time. Compiled in always, so that what is tested is what is shipped; where none is armed it costs one comparison.
public enum Failpoint: String, Sendable, CaseIterable {
    /// A batch is decided, and not yet on its way to the log.
    case beforeAppend = "before-append"
    /// A batch is in the log; no replica was told, nobody was answered.
    case afterCommit = "after-commit"
    /// The replicas were told; nobody was answered.
    case afterPublish = "after-publish"
    /// Some views have applied a batch, others have not.
    case midApply = "mid-apply"
    /// A snapshot is written aside, and not yet in its place.
    case midSnapshot = "mid-snapshot"
    // The side effects of a payment: about to be asked for, and answered but not yet proposed to the log.
    case beforeAuthorize = "before-authorize"
    case afterAuthorize = "after-authorize"
    case beforeCapture = "before-capture"
    case afterCapture = "after-capture"
    case beforeClose = "before-close"
    case afterClose = "after-close"
    case beforeVoid = "before-void"
    case afterVoid = "after-void"
    case beforeRefund = "before-refund"
    case afterRefund = "after-refund"

    private static let armed = Armed(environment: ProcessInfo.processInfo.environment)

    /// Passes this place; does not return if it is armed and this is the time.
    public func pass() {
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
