import EventLog
import Testing
@testable import Following
import Projection

@Suite("The follower, with everything going wrong around it")
struct FollowerSimulationTests {
    @Test("What it applies is the log, in order, whatever happens; and it always gets there", arguments: 0..<8)
    func always(part: UInt64) throws {
        for seed in (part * 300)..<((part + 1) * 300) {
            do {
                var simulation = FollowerSimulation(seed: seed)
                try simulation.run()
            } catch {
                throw FollowerSimulation.Violation("seed \(seed): \(error)")
            }
        }
    }

    /// A follower that does something wrong now and then, and how.
    enum Fault: String, CaseIterable, Sendable {
        case skipsAnEvent, appliesTwice, swapsTwo, ignoresReset, ignoresNewEpoch, readsTwice, forgetsToLookAgain,
            neverReads
        case appliesFromElsewhere

        func tamper(_ action: FollowerMachine.Action) -> [FollowerMachine.Action] {
            switch (self, action) {
            case (.skipsAnEvent, .apply(let events, _)) where events.count > 1: [.apply(Array(events.dropFirst()))]
            case (.appliesTwice, .apply(let events, _)): [.apply(events + events.prefix(1)), action]
            case (.swapsTwo, .apply(let events, _)) where events.count > 1: [.apply(events.reversed())]
            case (.ignoresReset, .reset(let epoch)): [.enter(epoch: epoch)]
            case (.ignoresNewEpoch, .enter): []
            case (.readsTwice, .fetch): [action, action]
            case (.forgetsToLookAgain, .readHead): []
            case (.neverReads, .fetch): []
            case (.appliesFromElsewhere, .apply(let events, _)):
                [.apply(events.map { RecordedEvent.sample($0.position, content: .max) })]
            default: [action]
            }
        }
    }

    @Test("A follower that errs is found out", arguments: Fault.allCases)
    func plantedFault(fault: Fault) {
        let seeds: Range<UInt64> = 0..<200
        let caught = seeds.contains { seed in
            var simulation = FollowerSimulation(seed: seed) { fault.tamper($0) }
            do {
                try simulation.run()
                return false
            } catch {
                return true
            }
        }
        #expect(caught)
    }

    @Test("The same seed is the same run") func repeatable() {
        func violation() -> String? {
            var simulation = FollowerSimulation(seed: 5) { Fault.swapsTwo.tamper($0) }
            do {
                try simulation.run()
                return nil
            } catch {
                return error.description
            }
        }
        #expect(violation() != nil)
        #expect(violation() == violation())
    }
}
