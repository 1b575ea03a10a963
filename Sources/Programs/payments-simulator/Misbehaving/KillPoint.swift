internal import ArgumentParser
internal import Foundation

/// A moment of a call at which the process ends, as by a power cut: by SIGKILL, with no chance to clean up.
///
/// Spelled `before-capture`: the call is there, and nothing is done; or `after-capture`: it is done and on the disk,
/// and nobody was answered. The first such call is the last.
struct KillPoint: Equatable, Sendable {
    enum Step: String, CaseIterable, Sendable {
        case authorize, capture, void, refund
        /// A payment is made that nobody confirms, to use its idempotency key up.
        case close
        /// A search.
        case find
    }

    var step: Step
    var isAfter: Bool

    /// Ends the process if this is the moment of a call.
    func pass(_ call: Call, isAfter: Bool) {
        guard isAfter == self.isAfter, step == call.killStep else { return }
        kill(getpid(), SIGKILL)
        // The signal may reach another thread first; nothing more may happen on this one.
        while true { pause() }
    }
}

extension KillPoint: ExpressibleByArgument {
    init?(argument: String) {
        let words = argument.split(separator: "-")
        guard words.count == 2, ["before", "after"].contains(words[0]), let step = Step(rawValue: String(words[1]))
        else { return nil }
        self.init(step: step, isAfter: words[0] == "after")
    }
}

extension Call {
    fileprivate var killStep: KillPoint.Step? {
        switch self {
        case .create(let new): new.confirms ? .authorize : .close
        case .confirm: .authorize
        case .capture: .capture
        case .cancel: .void
        case .refund: .refund
        case .search: .find
        case .retrieve, .list, .retrieveRefund, .listRefunds, .challenge, .dispute, .retrieveDispute, .listDisputes,
            .contest, .concede:
            nil
        }
    }
}
