import EventLog

/// What goes wrong by itself, now and then.
extension World {
    static let faultsInterval = Moment.milliseconds(50)
    /// Rates are for a second.
    private static let drawsPerSecond = 20

    func drawFaults() {
        guard !isEnding else { return }
        plan(.faultsAreDrawn, in: Self.faultsInterval)
        for process in processes.indices where processes[process].isUp {
            if isDue(\.processCrashes) { crash(process) }
            if isDue(\.clockJumps) { jumpClock(of: process) }
        }
        if isDue(\.outages) {
            log.outageEnds = now + random.moment(.milliseconds(5)...(.milliseconds(400)))
            note("outage", -1, log.outageEnds)
        }
        if isDue(\.paymentOutages) {
            provider.outageEnds = now + random.moment(.milliseconds(50)...(.milliseconds(1_200)))
            note("provider's outage", -1, provider.outageEnds)
        }
        crashStore()
        if isDue(\.failovers) { raiseEpoch(losingCommits: 0) }
        if isDue(\.lostTails) { raiseEpoch(losingCommits: random.int(1...SimulatedLog.lossMax)) }
    }

    private func isDue(_ rate: KeyPath<Scenario.Faults, Int>) -> Bool {
        let perMille = scenario.faults[keyPath: rate]
        return perMille > 0 && random.int(0...(1_000 * Self.drawsPerSecond - 1)) < perMille
    }

    private func jumpClock(of process: Int) {
        judge.tally.clockJumps += 1
        // An hour makes every hold overdue, or lets none expire: not where all have to end.
        let jumps: [Int64] = scenario.outlastsHolds ? [50, 500, 5_000] : [50, 500, 5_000, 3_600_000]
        let most = Moment.milliseconds(random.pick(jumps))
        processes[process].clockError = random.moment(-most...most)
        note("clock of", process, processes[process].clockError)
    }

    /// A failover, to a standby that may not have had the last commits.
    private func raiseEpoch(losingCommits count: Int) {
        // While the shows are being made a loss would leave nothing to ask for.
        let lost = log.raiseEpoch(losingCommits: areShowsMade ? count : 0)
        judge.epochRaised(log.content.epochs, losingCommits: lost)
        note("epoch", -1, log.content.head.epoch, log.content.head.position)
        if lost > 0 { judge.tally.lostTails += 1 } else { judge.tally.failovers += 1 }
    }

    /// From here on nothing goes wrong, and what did is mended.
    func endFaults() {
        note("faults end")
        isEnding = true
        log.outageEnds = now
        log.standbyReturns = now
        provider.outageEnds = now
        provider.blindTime = 0
        closeDisputes()
        for process in processes.indices { processes[process].clockError = 0 }
        plan(.endIsSought, in: .milliseconds(50))
    }
}
