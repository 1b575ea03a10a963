import Simulation
import Testing

@Suite struct `The whole path, simulated` {
    /// The first 500 never see an admission expire.
    private static let seeds: Range<UInt64> = 501..<1_001
    /// Runs in one task; the tasks share the cores.
    private static let seedsPerTask: UInt64 = 50

    @Test func `keeps every promise while everything goes wrong`() async {
        let tally = await withTaskGroup(of: Tally.self) { tasks in
            for first in stride(from: Self.seeds.lowerBound, to: Self.seeds.upperBound, by: Int(Self.seedsPerTask)) {
                tasks.addTask { Self.run(first..<(first + Self.seedsPerTask)) }
            }
            return await tasks.reduce(into: Tally()) { $0 += $1 }
        }
        // Seeds that never come by a place say nothing of it.
        for count in Tally.counts { #expect(tally[keyPath: count.path] > 0, "\(count.name): none") }
    }

    private static func run(_ seeds: Range<UInt64>) -> Tally {
        var tally = Tally()
        for seed in seeds {
            let run = Run(seed: seed)
            tally += run.tally
            #expect(run.violation == nil, "tools/simulate --seed \(seed)")
        }
        return tally
    }

    @Test(arguments: 10_001...10_020 as ClosedRange<UInt64>)
    func `is the same again for the same seed`(seed: UInt64) {
        let hash = Run(seed: seed).traceHash
        #expect(Run(seed: seed).traceHash == hash)
        #expect(Run(seed: seed + 1).traceHash != hash)
    }
}

@Suite struct `The judge of the simulation` {
    /// So many times it sees a fault, and the test ends.
    private static let catches = 3

    struct Case: Sendable, CustomTestStringConvertible {
        var fault: PlantedFault
        /// What it is caught as.
        var breaks: Promise
        /// What it may be caught as instead, where a consequence is seen first.
        var orElse: [Promise] = []
        /// How many runs it is looked for in at most: few come to what a rare one needs.
        var seeds: UInt64 = 40
        var testDescription: String { "\(fault)" }
    }

    @Test(arguments: [
        Case(fault: .doubleSell, breaks: .neverTwoOwners),
        // Where nothing follows what is skipped, all that is seen of it is that the views never come to the log's end.
        Case(fault: .skippedEvent, breaks: .theLogIsWhole, orElse: [.everythingEnds]),
        Case(fault: .forgottenEvent, breaks: .viewsAreTheirFold),
        Case(fault: .staleRead, breaks: .readsAreAsFreshAsAsked, seeds: 60),
        Case(fault: .changedAnswer, breaks: .answersAreFinal),
        // What is forgotten is published before it is acknowledged.
        Case(fault: .lostAcknowledgedHold, breaks: .acknowledgedMeansDurable, orElse: [.theLogIsWhole]),
        Case(fault: .reusedSequenceNumber, breaks: .theLogIsWhole),
        Case(fault: .earlyRead, breaks: .readsAreAsFreshAsAsked, seeds: 500),
        // Where nothing was lost, all that is seen of it is that the view never comes to the epoch.
        Case(fault: .ignoredEpoch, breaks: .viewsAreTheirFold, orElse: [.everythingEnds], seeds: 300),
        Case(fault: .uncheckedCheckpoint, breaks: .viewsAreTheirFold, seeds: 100),
        Case(fault: .forgottenRow, breaks: .viewsAreTheirFold),
        Case(fault: .earlyCapture, breaks: .noChargeWithoutATicket, seeds: 160),
        Case(fault: .skippedBarrier, breaks: .noChargeWithoutATicket),
        Case(fault: .doubleRefund, breaks: .noChargeWithoutATicket, seeds: 160),
        Case(fault: .forgottenVoid, breaks: .noChargeWithoutATicket, seeds: 100),
        Case(fault: .resoldTwice, breaks: .neverTwoOwners, seeds: 120),
        Case(fault: .jumpedQueue, breaks: .inTurn, seeds: 40),
        Case(fault: .backwardPlace, breaks: .inTurn),
        Case(fault: .secondAdmission, breaks: .inTurn),
        Case(fault: .earlySeed, breaks: .inTurn),
        Case(fault: .skippedWaiter, breaks: .inTurn),
        Case(fault: .laterOffer, breaks: .inTurn),
        Case(fault: .freedSeatShown, breaks: .inTurn, seeds: 100),
        // It outlives the run, or is seen to have outlived its time before.
        Case(fault: .keptOffer, breaks: .everythingEnds, orElse: [.inTurn], seeds: 100),
    ])
    func `sees every planted fault`(planted: Case) {
        var caught: [Promise] = []
        // Not every run comes to what the fault needs.
        for seed in 1...planted.seeds where caught.count < Self.catches || !caught.contains(planted.breaks) {
            if let promise = Run(seed: seed, planted: planted.fault).violation?.promise { caught.append(promise) }
        }
        #expect(caught.count >= Self.catches, "caught in \(caught.count) of \(planted.seeds) seeds")
        #expect(caught.contains(planted.breaks))
        #expect(caught.allSatisfy { $0 == planted.breaks || planted.orElse.contains($0) }, "caught as \(caught)")
    }
}
