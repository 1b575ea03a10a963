/// What came of a run.
package struct Run: Sendable {
    package var seed: UInt64
    /// The first promise that was broken; nil: none.
    package var violation: Violation?
    /// Of everything that happened: the same seed gives the same, as long as the program is the same.
    package var traceHash: UInt64
    /// The last steps, a line each.
    package var trace: [String]
    package var tally: Tally
    /// What the log has in the end, a line for each event; only where every step is remembered.
    package var log: [String]

    /// Runs the whole path once.
    ///
    /// - Parameters:
    ///   - seed: decides everything.
    ///   - planted: a bug to be put in.
    ///   - stepsMax: the steps that are remembered for ``trace``.
    package init(seed: UInt64, planted: PlantedFault? = nil, stepsMax: Int = 40) {
        let world = World(seed: seed, planted: planted, stepsMax: stepsMax)
        world.run()
        self.seed = seed
        violation = world.judge.violation
        traceHash = world.trace.hash
        trace = world.trace.lines
        tally = world.judge.tally
        log = stepsMax == .max ? world.judge.history.lines : []
    }
}
