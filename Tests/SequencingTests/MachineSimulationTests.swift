import Domain
import EventLog
import Sequencing
import Testing

@Suite struct `Machines on one log` {
    @Test(arguments: 1...40)
    func `keep every promise while everything goes wrong`(seed: UInt64) {
        var simulation = MachineSimulation(seed: seed, nodes: Int(seed % 3) + 1)
        simulation.run(steps: 1_500)
        simulation.drain()
        simulation.check()
        let summary = simulation.summary
        #expect(summary.accepted > 10 && summary.rejected > 10, "a run that says nothing: \(summary)")
    }

    @Test(arguments: 1...20)
    func `answer almost everybody when nothing goes wrong`(seed: UInt64) {
        var simulation = MachineSimulation(
            seed: 1_000 + seed, nodes: 1, faults: MachineSimulation.Faults(failures: 0, lostTails: 0, failovers: 0))
        simulation.run(steps: 1_500)
        simulation.drain()
        simulation.check()
    }

    @Test(arguments: 1...40)
    func `never sell a seat twice, even when failovers lose what was promised`(seed: UInt64) {
        var simulation = MachineSimulation(
            seed: 2_000 + seed, nodes: Int(seed % 3) + 1,
            faults: MachineSimulation.Faults(failures: 20, lostTails: 8, failovers: 4))
        simulation.run(steps: 1_500)
        simulation.drain()
        simulation.check()
    }

    @Test(arguments: 1...5)
    func `do the same again for the same seed`(seed: UInt64) {
        func trace() -> [[SequencerMachine<Int>.Action]] {
            var simulation = MachineSimulation(seed: 3_000 + seed, nodes: 2)
            simulation.run(steps: 800)
            simulation.drain()
            return simulation.nodes.map(\.trace)
        }
        #expect(trace() == trace())
    }
}
