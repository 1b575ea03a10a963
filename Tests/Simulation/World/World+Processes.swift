import EventLog

/// Processes start, and die at any moment.
extension World {
    func start(_ process: Int) {
        guard !processes[process].isUp else { return }
        processes[process].isUp = true
        processes[process].life += 1
        let life = processes[process].life
        note("start of", process, Int64(life))
        startFollower(process)
        plan(.followerTicks(process, life: life, repeats: true), in: random.moment(0...500_000))
        plan(.snapshotIsDue(process, life: life, view: 0), in: random.moment(0...scenario.snapshotInterval))
        processes[process].headAtStart = judge.history.head
        guard processes[process].sequences else {
            return plan(.storedLeaseIsSought(process, life: life), in: storedRandom.moment(0...100_000))
        }
        startSequencer(process)
        plan(.sequencerTicks(process, life: life), in: random.moment(0...100_000))
        plan(.leaseIsSought(process, life: life), in: random.moment(0...100_000))
    }

    /// All that was in memory is gone. Whoever waits for an answer hears the connection break, sooner or later.
    func crash(_ process: Int) {
        note("crash of", process, Int64(processes[process].life))
        if !processes[process].sequences { judge.tally.replicaCrashes += 1 }
        processes[process].isUp = false
        processes[process].sequencer = SequencerDriver()
        processes[process].follower = FollowerDriver()
        losePayments(process)
        loseStored(process)
        for attempt in attempts.indices where attempts[attempt].process == process && !attempts[attempt].isAnswered {
            attempts[attempt].isAnswered = true
            // Its own payment process died with it.
            guard case .client = attempts[attempt].asker else { continue }
            plan(.answerArrives(attempt: attempt, nil), in: random.moment(scenario.hop))
        }
        for read in reads.indices where reads[read].process == process && !reads[read].isAnswered {
            reads[read].isAnswered = true
            plan(.readAnswerArrives(read, .refused), in: random.moment(scenario.hop))
        }
        plan(.processStarts(process), in: random.moment(.milliseconds(1)...(.milliseconds(isEnding ? 5 : 300))))
    }
}
