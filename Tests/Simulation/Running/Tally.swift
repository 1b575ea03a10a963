/// How often a run came by the places that matter, so that a test can say whether the runs say anything.
package struct Tally: Equatable, Sendable {
    package var happenings = 0
    package var commits = 0
    package var events = 0
    package var accepted = 0
    package var rejected = 0
    package var replays = 0
    package var lostAnswers = 0
    package var keysReused = 0
    package var unknown = 0
    package var notRecorded = 0
    package var conflicts = 0
    package var duplicates = 0
    package var fenced = 0
    package var lateAppends = 0
    package var unknownAppends = 0
    package var recoveries = 0
    package var crashesBeforeAppend = 0
    package var crashesDuringAppend = 0
    package var crashesBeforePublish = 0
    package var crashesBeforeAnswer = 0
    package var crashesAfterAnswer = 0
    package var replicaCrashes = 0
    package var crashesDuringSnapshot = 0
    package var clockJumps = 0
    package var failovers = 0
    package var lostTails = 0
    package var messagesLost = 0
    package var rangesFetched = 0
    package var resets = 0
    package var snapshotsStored = 0
    package var snapshotsRestored = 0
    package var snapshotsIgnored = 0
    package var readsAnswered = 0
    package var readsWaited = 0
    package var readsBehind = 0
    package var readsLost = 0
    package var readsAhead = 0
    package var foldsCompared = 0
    package var holdsExpired = 0

    package init() {}

    package static func += (a: inout Tally, b: Tally) {
        for count in counts { a[keyPath: count.path] += b[keyPath: count.path] }
    }

    /// Every count and its name.
    package static var counts: [(name: String, path: WritableKeyPath<Tally, Int>)] {
        [
            ("happenings", \.happenings),
            ("commits", \.commits),
            ("events", \.events),
            ("accepted", \.accepted),
            ("rejected", \.rejected),
            ("replays", \.replays),
            ("lost answers", \.lostAnswers),
            ("keys reused", \.keysReused),
            ("unknown", \.unknown),
            ("not recorded", \.notRecorded),
            ("conflicts", \.conflicts),
            ("duplicates", \.duplicates),
            ("fenced", \.fenced),
            ("late appends", \.lateAppends),
            ("unknown appends", \.unknownAppends),
            ("recoveries", \.recoveries),
            ("crashes before append", \.crashesBeforeAppend),
            ("crashes during append", \.crashesDuringAppend),
            ("crashes before publish", \.crashesBeforePublish),
            ("crashes before answer", \.crashesBeforeAnswer),
            ("crashes after answer", \.crashesAfterAnswer),
            ("replica crashes", \.replicaCrashes),
            ("crashes during snapshot", \.crashesDuringSnapshot),
            ("clock jumps", \.clockJumps),
            ("failovers", \.failovers),
            ("lost tails", \.lostTails),
            ("messages lost", \.messagesLost),
            ("ranges fetched", \.rangesFetched),
            ("resets", \.resets),
            ("snapshots stored", \.snapshotsStored),
            ("snapshots restored", \.snapshotsRestored),
            ("snapshots ignored", \.snapshotsIgnored),
            ("reads answered", \.readsAnswered),
            ("reads waited", \.readsWaited),
            ("reads behind", \.readsBehind),
            ("reads lost", \.readsLost),
            ("reads ahead", \.readsAhead),
            ("folds compared", \.foldsCompared),
            ("holds expired", \.holdsExpired),
        ]
    }
}

extension Tally: CustomStringConvertible {
    package var description: String {
        Self.counts.map { "\($0.name) \(self[keyPath: $0.path])" }.joined(separator: ", ")
    }
}
