import EventLog
import Following
import Projection
import SeededRandom
import Testing

@Suite struct `A quiet stretch of the log` {
    private func at(_ position: Int64, _ epoch: Int64 = 1) -> LogPosition {
        LogPosition(epoch: epoch, position: position)
    }

    @Test func `takes a checkpoint in it to its end`() {
        var quiet = QuietStretch()
        #expect(quiet.reach(of: at(5)) == at(5))
        quiet.goesOn(from: 10, through: at(12), concernedAt: nil)
        #expect(quiet.reach(of: at(8)) == at(8))
        #expect(quiet.reach(of: at(9)) == at(12))
        #expect(quiet.reach(of: at(11)) == at(12))
        #expect(quiet.reach(of: at(13)) == at(13))
        #expect(quiet.reach(of: at(11, 2)) == at(11, 2))
        quiet.goesOn(from: 13, through: at(20), concernedAt: 15)
        #expect(quiet.reach(of: at(12)) == at(12))
        #expect(quiet.reach(of: at(14)) == at(14))
        #expect(quiet.reach(of: at(15)) == at(20))
    }

    @Test func `begins anew after a hole, and in another epoch`() {
        var quiet = QuietStretch()
        quiet.goesOn(from: 1, through: at(5), concernedAt: nil)
        quiet.goesOn(from: 8, through: at(9), concernedAt: nil)
        #expect(quiet.reach(of: at(5)) == at(5))
        #expect(quiet.reach(of: at(7)) == at(9))
        quiet.goesOn(from: 10, through: at(11, 2), concernedAt: nil)
        #expect(quiet.reach(of: at(8)) == at(8))
        #expect(quiet.reach(of: at(9, 2)) == at(11, 2))
    }

    /// Whatever is heard of, twice or with holes: no event that concerns the view is ever passed over.
    @Test(arguments: 1...50) func `never passes over what concerns the view`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let concerns = Set((0..<12).map { _ in Int64.random(in: 1...100, using: &random) })
        var quiet = QuietStretch()
        var position: Int64 = 0
        while position < 100 {
            let first = max(1, position + 1 - Int64.random(in: -2...4, using: &random))
            let last = min(100, first + Int64.random(in: 0...9, using: &random))
            guard first <= last else { break }
            quiet.goesOn(
                from: first, through: at(last), concernedAt: concerns.filter { (first...last).contains($0) }.max())
            position = max(position, last)
            for checkpoint in Int64(0)...100 {
                let reach = quiet.reach(of: at(checkpoint)).position
                #expect(reach >= checkpoint)
                guard reach > checkpoint else { continue }
                #expect(!concerns.contains { $0 > checkpoint && $0 <= reach })
            }
        }
    }

    @Test func `lets a stored view's readers through that wait for what does not concern it`() async throws {
        let position = StoredPosition(name: "view") { LogPosition(epoch: 1, position: 5) }
        position.moved(to: at(5))
        let events = History(seed: 1, commands: 40).recorded.prefix(9).map(FollowedEvent.init)
        position.heard(Array(events[5...]), through: at(9)) { _ in false }
        #expect(position.place == at(9))
        #expect(await position.wait(for: at(9), timeout: .zero) == .reached)
        position.moved(to: at(4))
        #expect(position.place == at(4))
        position.moved(to: at(7))
        #expect(position.place == at(9))
        position.heard(events, through: at(9)) { $0.context.position == 8 }
        #expect(position.place == at(7))
        position.entered()
        position.moved(to: at(8))
        #expect(position.place == at(8))
    }
}
