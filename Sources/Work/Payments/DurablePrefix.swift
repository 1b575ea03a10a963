package import EventLog

/// How far one epoch of the log is known to be durable: replicated, where the log has a standby.
///
/// A reader may see a commit before it is durable, and the end of the epoch may take it back. A call that can't be undone
/// (see ``PaymentMachine/Call/needsDurableLog``) must not be based on such a commit.
package struct DurablePrefix: Sendable {
    private let epoch: Int64
    private var end: Int64 = 0

    package init(epoch: Int64) { self.epoch = epoch }

    /// Whether everything up to a position of the epoch is durable.
    package func covers(_ position: Int64) -> Bool { position <= end }

    /// Takes the token of a commit that the log acknowledged. Everything before it is durable with it. A commit that
    /// was only read from the log was not acknowledged.
    package mutating func acknowledged(_ token: LogPosition) {
        if token.epoch == epoch { end = max(end, token.position) }
    }

    /// Takes the head that a barrier returned, and what the view had before the barrier began: that is durable now.
    ///
    /// - Throws: `unavailable` if one of them is of another epoch.
    package mutating func passed(to head: LogPosition, after seen: LogPosition) throws(LogError) {
        guard head.epoch == epoch, seen.epoch == epoch, seen.position <= head.position else {
            throw LogError(code: .unavailable, message: "the log is at \(head), the view at \(seen)")
        }
        end = max(end, seen.position)
    }
}

extension PaymentMachine.Call {
    /// The call moves or releases money by what the log says, so the log must not take it back.
    package var needsDurableLog: Bool {
        switch self {
        case .authorize, .find, .books: false
        case .close, .capture, .void, .refund: true
        }
    }
}
