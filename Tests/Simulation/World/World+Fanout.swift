import EventLog

/// The way from a publisher to every follower: lost, doubled, late, and out of order.
extension World {
    func tell(_ batch: CommittedBatch, from process: Int) {
        for follower in processes.indices {
            guard !strikes(\.messageLost) else {
                judge.tally.messagesLost += 1
                continue
            }
            let copies = strikes(\.messageDoubled) ? 2 : 1
            for _ in 0..<copies {
                let late = strikes(\.messageLate) ? random.moment(.milliseconds(1)...(.milliseconds(40))) : 0
                plan(.messageArrives(batch, at: follower), in: random.moment(scenario.hop) + late)
            }
        }
    }
}
