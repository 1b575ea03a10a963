import Dispatch
import Domain
import EventLog
import Synchronization

/// Who waits for a command's answer.
enum Caller: Sendable {
    case task(CheckedContinuation<CommandAnswer, Never>)
    case ticket(Int, of: any AnswerReceiver)
}

/// What the sequencer's thread is told, in the order in which it comes. It is woken where it sleeps, and nowhere else.
final class SequencerInbox: Sendable {
    enum Input: Sendable {
        case submit(CommandRequest, Caller)
        case meetDeadlines(StreamID, onlyIfCached: Bool)
        case enter(epoch: Int64)
        case recovered(Result<[RecordedCommand], LogError>)
        case loaded(Result<[RecordedEvent], LogError>, of: StreamID, after: Int64)
    }

    /// What is left to live: each case ends in the next.
    enum Life: Comparable {
        /// Takes commands.
        case open
        /// Answers those that it has.
        case closed
        /// Answers at once, with what it knows.
        case cancelled
    }

    private struct State {
        var inputs: [Input] = []
        var submissions = 0
        var life = Life.open
        /// What the thread was told last.
        var knownLife = Life.open
        var isSleeping = false

        func refusal(_ commandsMax: Int) -> NotRecorded? {
            guard life == .open else { return .shuttingDown }
            return submissions < commandsMax ? nil : .overloaded
        }

        mutating func submit(_ request: CommandRequest, for caller: Caller) {
            submissions += 1
            inputs.append(.submit(request, caller))
        }
    }

    private let commandsMax: Int
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    /// - Parameter commandsMax: commands that may wait to be taken.
    init(commandsMax: Int) { self.commandsMax = commandsMax }

    // MARK: From any thread

    /// Why a command is not taken; nil: it is, and its caller is answered.
    func submit(_ request: CommandRequest, for caller: Caller) -> NotRecorded? {
        change { state in
            if let refusal = state.refusal(commandsMax) { return refusal }
            state.submit(request, for: caller)
            return nil
        }
    }

    /// Takes as many as there is room for. Returns the others' tickets and why.
    func submit(
        _ requests: [(ticket: Int, request: CommandRequest)], for receiver: any AnswerReceiver
    ) -> [(ticket: Int, reason: NotRecorded)] {
        change { state in
            var refused: [(ticket: Int, reason: NotRecorded)] = []
            for (ticket, request) in requests {
                if let refusal = state.refusal(commandsMax) {
                    refused.append((ticket, refusal))
                } else {
                    state.submit(request, for: .ticket(ticket, of: receiver))
                }
            }
            return refused
        }
    }

    func push(_ input: Input) { change { $0.inputs.append(input) } }

    func end(_ life: Life) { change { $0.life = max($0.life, life) } }

    private func change<R>(_ body: (inout sending State) -> sending R) -> sending R {
        let (result, wakes) = state.withLock { state in
            let result = body(&state)
            defer { state.isSleeping = false }
            return (result, state.isSleeping)
        }
        if wakes { wakeUp.signal() }
        return result
    }

    // MARK: From the sequencer's thread

    /// Everything there is.
    ///
    /// - Parameter patience: how long to wait where there is nothing new.
    func take(waiting patience: Duration) -> (inputs: [Input], life: Life) {
        let sleeps = state.withLock { state in
            state.isSleeping = patience > .zero && state.inputs.isEmpty && state.life == state.knownLife
            return state.isSleeping
        }
        // Over early where a signal came just after an earlier wait was over.
        if sleeps { _ = wakeUp.wait(timeout: .now() + patience / .seconds(1)) }
        return state.withLock { state in
            defer {
                state.isSleeping = false
                state.knownLife = state.life
                state.inputs = []
                state.submissions = 0
            }
            return (state.inputs, state.life)
        }
    }
}
