internal import Foundation
internal import Synchronization

/// The ledger with its journal, and all that goes wrong before and after a call.
final class Simulator: Sendable {
    /// What a caller gets to hear.
    enum Reply: Sendable {
        case answer(Answer, wasReplayed: Bool)
        /// Nothing, for as long as the caller listens.
        case silence
        /// The end of the connection.
        case cut
    }

    private struct State {
        var ledger: Ledger
        var mischief: Mischief
    }

    private static let slowness = Duration.seconds(1)

    private let state: Mutex<State>
    private let journal: Journal
    private let webhooks: WebhookSender?
    private let killPoint: KillPoint?

    /// - Throws: ``Journal/Refusal`` where the ledger's file is in use, or is none.
    init(data path: String, mischief: Mischief, webhooks: WebhookSender?, killPoint: KillPoint? = nil) throws {
        var ledger = Ledger()
        journal = try Journal(path: path) { ledger.apply($0) }
        state = Mutex(State(ledger: ledger, mischief: mischief))
        self.webhooks = webhooks
        self.killPoint = killPoint
    }

    // MARK: Calls

    func reply(to call: Call, key: IdempotencyKey?) async -> Reply {
        var call = call
        let trouble = state.withLock { state in
            if case .search(var search) = call {
                search.lagSeconds = state.mischief.searchLag()
                call = .search(search)
            }
            return state.mischief.trouble(
                with: call, token: call.token(in: state.ledger), subject: call.subject ?? key?.name)
        }
        switch trouble {
        case nil: return await perform(call, key)
        case .timeoutBefore: return .silence
        case .cutBefore: return .cut
        case .error500Before, .fails: return .answer(.failure(.broken), wasReplayed: false)
        case .refused: return .answer(.failure(.refused(call)), wasReplayed: false)
        case .error500After: return await perform(call, key, .breaksAfter)
        case .error500Recorded: return await perform(call, key, .isAnswered(.broken))
        case .refusedRecorded: return await perform(call, key, .isAnswered(.refused(call)))
        case .bounces: return await perform(call, key, .bounces)
        case .slow: return await performSlowly(call, key)
        case .timeoutAfter:
            _ = await perform(call, key)
            return .silence
        case .cutAfter:
            _ = await perform(call, key)
            return .cut
        }
    }

    private func perform(_ call: Call, _ key: IdempotencyKey?, _ twist: Ledger.Twist? = nil) async -> Reply {
        killPoint?.pass(call, isAfter: false)
        let (outcome, lines, manners) = state.withLock { state in
            let outcome = state.ledger.perform(
                call, key: key, now: Int64(Date().timeIntervalSince1970), twist)
            // Within the lock: the journal's order is the order of what happened.
            if let entry = outcome.entry { journal.append(entry.line()) }
            let manners = webhooks == nil ? [] : outcome.events.map { _ in state.mischief.manner() }
            return (outcome, journal.end, manners)
        }
        // Reads wait too: what they saw must still be there after a crash.
        await journal.wait(for: lines)
        killPoint?.pass(call, isAfter: true)
        if let webhooks {
            for (event, manner) in zip(outcome.events, manners) { webhooks.send(event, manner) }
        }
        return .answer(outcome.answer, wasReplayed: outcome.wasReplayed)
    }

    /// Meanwhile its key is taken.
    private func performSlowly(_ call: Call, _ key: IdempotencyKey?) async -> Reply {
        if let key {
            let known = state.withLock { state -> Ledger.Outcome? in
                let known = state.ledger.recorded(key)
                if known == nil { state.ledger.begin(key) }
                return known
            }
            if known != nil { return await perform(call, key) }
        }
        // The caller's end cuts the wait short, not the call.
        do { try await Task.sleep(for: Self.slowness) } catch {}
        if let key { state.withLock { $0.ledger.end(key) } }
        return await perform(call, key)
    }

    // MARK: For tests

    func change(to mischief: Mischief) { state.withLock { $0.mischief = mischief } }

    /// As Stripe does after a day; until the process ends.
    func forgetKeys() { state.withLock { $0.ledger.forgetKeys() } }

    /// All payments with their refunds, as they are on the disk.
    func accounts() async -> Ledger {
        let (ledger, lines) = state.withLock { ($0.ledger, journal.end) }
        await journal.wait(for: lines)
        return ledger
    }
}

extension Failure {
    /// What ``Trouble/Kind/refused`` is told.
    fileprivate static func refused(_ call: Call) -> Failure {
        switch call.step {
        case .authorize: invalid("amount", "The amount is below what the issuer takes.", code: "amount_too_small")
        case .refund: invalid(nil, "Your balance is too low for this refund.", code: "balance_insufficient")
        case .capture, .void, nil:
            invalid(
                nil, "The authorization has expired, or the account may not do this.",
                code: "charge_expired_for_capture")
        }
    }
}

extension Mischief {
    /// How a webhook is told.
    fileprivate mutating func manner() -> WebhookSender.Manner? {
        happens() ? WebhookSender.Manner.allCases[number(below: WebhookSender.Manner.allCases.count)] : nil
    }
}

extension Call {
    /// The card's token.
    fileprivate func token(in ledger: Ledger) -> String? {
        switch self {
        case .create(let new): new.confirmation.paymentMethod
        case .confirm(let id, let confirmation): confirmation.paymentMethod ?? ledger[id]?.paymentMethod
        case .capture(let id, _), .cancel(let id, _): ledger[id]?.paymentMethod
        case .refund(let new): ledger[new.intent]?.paymentMethod
        case .retrieve, .list, .search, .retrieveRefund, .listRefunds, .challenge, .dispute, .retrieveDispute,
            .listDisputes, .contest, .concede:
            nil
        }
    }

    /// What its repetitions have in common.
    fileprivate var subject: String? {
        switch self {
        case .create(let new): new.metadata["order"]
        case .confirm(let id, _), .capture(let id, _), .cancel(let id, _): id
        case .refund(let new): new.metadata["refund"] ?? new.intent
        case .retrieve, .list, .search, .retrieveRefund, .listRefunds, .challenge, .dispute, .retrieveDispute,
            .listDisputes, .contest, .concede:
            nil
        }
    }
}
