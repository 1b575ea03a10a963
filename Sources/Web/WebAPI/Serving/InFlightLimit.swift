public import Domain
import Synchronization

/// Bounds how many requests of a costly kind are answered at once.
public final class InFlightLimit: Sendable {
    private struct State {
        var count = 0
        /// Of callers who have any.
        var ofCaller: [UserID: Int] = [:]
    }

    private let countMax: Int
    private let ofCallerMax: Int
    private let state = Mutex(State())

    /// - Parameter ofCallerMax: of one caller.
    public init(countMax: Int, ofCallerMax: Int = .max) {
        self.countMax = countMax
        self.ofCallerMax = ofCallerMax
    }

    /// One request's turn. It ends once, at the latest when nobody has it any more: a caller may go away in the middle.
    public final class Turn: Sendable {
        private let limit: InFlightLimit
        private let caller: UserID?
        private let isOver = Mutex(false)

        fileprivate init(_ limit: InFlightLimit, _ caller: UserID?) {
            self.limit = limit
            self.caller = caller
        }

        deinit { end() }

        public func end() {
            let ends = isOver.withLock { isOver in
                defer { isOver = true }
                return !isOver
            }
            if ends { limit.end(caller) }
        }
    }

    /// Begins a request; nil: as many as may be are under way.
    public func begin(of caller: UserID? = nil) -> Turn? {
        let hasRoom = state.withLock { state in
            guard state.count < countMax else { return false }
            if let caller {
                guard state.ofCaller[caller, default: 0] < ofCallerMax else { return false }
                state.ofCaller[caller, default: 0] += 1
            }
            state.count += 1
            return true
        }
        return hasRoom ? Turn(self, caller) : nil
    }

    private func end(_ caller: UserID?) {
        state.withLock { state in
            state.count -= 1
            guard let caller, let count = state.ofCaller[caller] else { return }
            state.ofCaller[caller] = count == 1 ? nil : count - 1
        }
    }
}
