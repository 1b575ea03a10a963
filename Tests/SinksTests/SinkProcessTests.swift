import EventLog
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A sink's process` {
    /// What a receiver relies on: it sees every event, and after a repetition everything that follows, in order.
    private func isWhole(_ put: [Int64], upTo head: Int64) -> Bool {
        var last: Int64 = 0
        var newest: Int64 = 0
        for position in put {
            guard position == last + 1 || position <= last else { return false }
            last = position
            newest = max(newest, position)
        }
        return newest == head && Set(put).count == Int(head)
    }

    @Test(arguments: 1...12) func `puts every event in order, whatever fails and however often it is stopped`(
        seed: UInt64
    ) async throws {
        let ledger = Ledger(seed: seed, failures: 5)
        for round in 1...3 {
            try await ledger.serving {
                for count in [1, 700, 3] { try await ledger.source.append(count) }
                // Stopped in the middle, but for the last time.
                guard round == 3 else { return }
                ledger.setFailures(0)
                try await eventually("everything is put and kept") {
                    ledger.read { $0.kept.last?.position == 2112 && $0.put.last == 2112 }
                }
            }
        }
        #expect(ledger.read { isWhole($0.put, upTo: 2112) })
        #expect(ledger.read { $0.kept.map(\.position) == $0.kept.map(\.position).sorted() })
    }

    @Test func `goes on after its last checkpoint`() async throws {
        let ledger = Ledger()
        try await ledger.source.append(5)
        try await ledger.serving {
            try await eventually("it is told") { ledger.read { $0.put.count == 5 } }
        }
        // What was put is kept when the process is stopped.
        #expect(ledger.read { $0.kept.last } == LogPosition(epoch: 1, position: 5))
        try await ledger.source.append(2)
        try await ledger.serving {
            try await eventually("it is told") { ledger.read { $0.put.last == 7 } }
        }
        #expect(ledger.read { $0.put } == [1, 2, 3, 4, 5, 6, 7])
        #expect(ledger.read { $0.starts.map(\.position) } == [0, 5])
    }

    @Test func `tells nothing of the past where it begins at the head`() async throws {
        let ledger = Ledger(beginsAtHead: true)
        try await ledger.source.append(5)
        try await ledger.serving {
            try await eventually("it has begun") { ledger.read { !$0.starts.isEmpty } }
        }
        // Though nothing was put, it has begun: what comes while nobody serves it is not passed over.
        try await ledger.source.append(2)
        try await ledger.serving {
            try await eventually("it is told") { ledger.read { $0.put.last == 7 } }
        }
        #expect(ledger.read { $0.put } == [6, 7])
    }

    @Test func `puts what comes before an event that is never taken, and not again and again`() async throws {
        let ledger = Ledger()
        ledger.setPoison(200)
        try await ledger.source.append(300)
        try await ledger.serving {
            try await eventually("all before it is put and kept") { ledger.read { $0.kept.last?.position == 199 } }
            let (put, starts) = ledger.read { ($0.put.count, $0.starts.count) }
            #expect(put < 3 * 199, "\(put)")
            try await eventually("it is tried again") { ledger.read { $0.starts.count >= starts + 3 } }
            #expect(ledger.read { $0.put.count } == put)
            ledger.setPoison(nil)
            try await eventually("the rest is put") { ledger.read { $0.put.last == 300 } }
        }
        #expect(ledger.read { isWhole($0.put, upTo: 300) })
    }

    @Test func `goes on in the log's next epoch`() async throws {
        let ledger = Ledger()
        try await ledger.serving {
            try await ledger.source.append(2)
            try await eventually("it is told") { ledger.read { $0.put.count == 2 } }
            await ledger.source.raiseEpoch()
            try await ledger.source.append(2)
            try await eventually("it is told") { ledger.read { $0.put.count == 4 } }
        }
        #expect(ledger.read { $0.put } == [1, 2, 3, 4])
        #expect(ledger.read { $0.kept.last } == LogPosition(epoch: 2, position: 4))
    }
}
