package import Domain
package import Inlets

/// What the admission process proposes, and when: one round of steps for a room at a time.
///
/// A room is *idle → under way → idle*. After a round that changed nothing, or did not reach the log, it rests for a moment; a
/// step that was refused is left out for longer, since the same state would refuse it again. Nothing depends on this being
/// the only machine: the rooms decide, and keep their pace by themselves.
package struct AdmissionMachine: Sendable {
    /// What came of a round.
    package enum Outcome: Equatable, Sendable {
        /// Something was recorded, and the view has it.
        case changed
        /// Nothing was to be recorded after all.
        case unchanged
        /// Some of it did not reach the log.
        case failed
    }

    /// Steps of a round at most: as many as an append may have.
    package static let stepsMax = 256
    /// How long a room rests after a round that changed nothing or failed.
    package static let pause = Duration.milliseconds(100)
    /// How long a refused step is left out.
    package static let refusedPause = Duration.seconds(10)

    private struct Refused: Hashable {
        var show: ShowID
        var step: RoomStep
    }

    private var underWay: Set<ShowID> = []
    private var restsUntil: [ShowID: Duration] = [:]
    private var refusedUntil: [Refused: Duration] = [:]

    package init() {}

    /// The rounds to begin.
    ///
    /// - Parameters:
    ///   - shows: whose rooms to look at; nil: all of them.
    ///   - time: by which the rooms say what is due.
    ///   - now: since the process began.
    package mutating func rounds(
        of view: borrowing Inlets, among shows: Set<ShowID>? = nil, at time: Timestamp, now: Duration
    ) -> [(show: ShowID, position: Int64, steps: [RoomStep])] {
        for (refused, until) in refusedUntil where until <= now { refusedUntil[refused] = nil }
        for (show, until) in restsUntil where until <= now { restsUntil[show] = nil }
        var rounds: [(show: ShowID, position: Int64, steps: [RoomStep])] = []
        for show in shows ?? Set(view.rooms.keys) where !underWay.contains(show) && restsUntil[show] == nil {
            guard let position = view.rooms[show]?.position else { continue }
            var steps = view.steps(of: show, at: time, limit: Self.stepsMax)
            if !refusedUntil.isEmpty {
                steps.removeAll { refusedUntil[Refused(show: show, step: $0)] != nil }
            }
            guard !steps.isEmpty else { continue }
            underWay.insert(show)
            rounds.append((show, position, steps))
        }
        return rounds
    }

    /// - Parameter refused: the steps that a room or show refused.
    package mutating func finished(_ show: ShowID, _ outcome: Outcome, refused: [RoomStep], now: Duration) {
        precondition(underWay.remove(show) != nil, "the round of \(show) was begun")
        for step in refused { refusedUntil[Refused(show: show, step: step)] = now + Self.refusedPause }
        switch outcome {
        case .changed: break
        case .unchanged, .failed: restsUntil[show] = now + Self.pause
        }
    }
}
