import Synchronization

/// Bounds how many requests of a costly kind are answered at once.
public final class InFlightLimit: Sendable {
    private let countMax: Int
    private let count = Mutex(0)

    public init(countMax: Int) { self.countMax = countMax }

    /// One request's turn. It ends once, at the latest when nobody has it any more: a caller may go away in the middle.
    public final class Turn: Sendable {
        private let limit: InFlightLimit
        private let isOver = Mutex(false)

        fileprivate init(_ limit: InFlightLimit) { self.limit = limit }

        deinit { end() }

        public func end() {
            let ends = isOver.withLock { isOver in
                defer { isOver = true }
                return !isOver
            }
            if ends { limit.count.withLock { $0 -= 1 } }
        }
    }

    /// Begins a request; nil: as many as may be are under way.
    public func begin() -> Turn? {
        let hasRoom = count.withLock { count in
            guard count < countMax else { return false }
            count += 1
            return true
        }
        return hasRoom ? Turn(self) : nil
    }
}
