import Domain
public import Identity
import Synchronization

/// Bounds how many requests of a costly kind are answered at once.
public final class InFlightLimit: Sendable {
    /// Whose share a request counts for.
    fileprivate enum Party: Hashable, Sendable {
        case user(UserID)
        /// All of its API keys, whoever they act for.
        case organisation(OrganisationID)

        init(_ caller: Principal) {
            self = caller.key.map { .organisation($0.organisation) } ?? .user(caller.userID)
        }
    }

    private struct State {
        var count = 0
        /// Of those who have any.
        var ofParty: [Party: Int] = [:]
    }

    private let countMax: Int
    private let ofCallerMax: Int
    private let state = Mutex(State())

    /// - Parameter ofCallerMax: of one caller, or of all API keys of an organisation.
    public init(countMax: Int, ofCallerMax: Int = .max) {
        self.countMax = countMax
        self.ofCallerMax = ofCallerMax
    }

    /// One request's turn. It ends once, at the latest when nobody has it any more: a caller may go away in the middle.
    public final class Turn: Sendable {
        private let limit: InFlightLimit
        private let party: Party?
        private let isOver = Mutex(false)

        fileprivate init(_ limit: InFlightLimit, _ party: Party?) {
            self.limit = limit
            self.party = party
        }

        deinit { end() }

        public func end() {
            let ends = isOver.withLock { isOver in
                defer { isOver = true }
                return !isOver
            }
            if ends { limit.end(party) }
        }
    }

    /// Begins a request; nil: as many as may be are under way.
    public func begin(of caller: Principal? = nil) -> Turn? {
        let party = caller.map(Party.init)
        let hasRoom = state.withLock { state in
            guard state.count < countMax else { return false }
            if let party {
                guard state.ofParty[party, default: 0] < ofCallerMax else { return false }
                state.ofParty[party, default: 0] += 1
            }
            state.count += 1
            return true
        }
        return hasRoom ? Turn(self, party) : nil
    }

    private func end(_ party: Party?) {
        state.withLock { state in
            state.count -= 1
            guard let party, let count = state.ofParty[party] else { return }
            state.ofParty[party] = count == 1 ? nil : count - 1
        }
    }
}
