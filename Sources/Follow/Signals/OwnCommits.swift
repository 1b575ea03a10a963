import DequeModule

/// Which events of the log this process appended itself, until they are taken: counters of several nodes can be added up
/// only where each event is counted by one of them.
struct OwnCommits {
    private struct Stretch {
        var epoch: Int64
        var positions: ClosedRange<Int64>
    }

    /// Commits that wait for the replica; the oldest are dropped beyond, and never counted.
    static let stretchesMax = 65_536

    private var stretches = Deque<Stretch>()
    /// Commits that were dropped.
    private(set) var droppedCount = 0

    /// Events that were appended in one commit.
    mutating func append(_ positions: ClosedRange<Int64>, epoch: Int64) {
        if let last = stretches.last, last.epoch == epoch, last.positions.upperBound + 1 == positions.lowerBound {
            stretches[stretches.count - 1].positions = last.positions.lowerBound...positions.upperBound
            return
        }
        if stretches.count == Self.stretchesMax {
            stretches.removeFirst()
            droppedCount += 1
        }
        stretches.append(Stretch(epoch: epoch, positions: positions))
    }

    /// Takes those of `positions` that are this process's, and forgets what is before them. Ascending.
    mutating func take(_ positions: ClosedRange<Int64>, epoch: Int64) -> [ClosedRange<Int64>] {
        var taken: [ClosedRange<Int64>] = []
        while let first = stretches.first {
            guard (first.epoch, first.positions.lowerBound) <= (epoch, positions.upperBound) else { break }
            if first.epoch == epoch, first.positions.upperBound >= positions.lowerBound {
                taken.append(first.positions.clamped(to: positions))
            }
            if first.epoch == epoch, first.positions.upperBound > positions.upperBound {
                stretches[0].positions = (positions.upperBound + 1)...first.positions.upperBound
                break
            }
            stretches.removeFirst()
        }
        return taken
    }
}
