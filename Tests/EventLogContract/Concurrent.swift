internal import Domain
internal import EventLog
internal import Testing

extension ContractCase {
    static let concurrent: [ContractCase] = [
        ContractCase("concurrent appenders leave no gap, lose nothing, and no reader ever misses one") { log in
            let writers = 4
            let appendsEach = 40
            let reader = try await log.open()
            try await withThrowingTaskGroup { group in
                for writer in 0..<writers {
                    let log = try await log.open()
                    group.addTask {
                        for round in 0..<appendsEach {
                            // One stream of its own, one that all fight for.
                            let own = StreamAppend.some("own-\(writer)", at: Int64(round), .some())
                            let result = try await log.append(.some(own))
                            #expect(result.streams.count == 1)
                            try await appendOne(to: "shared", of: log)
                        }
                    }
                }
                group.addTask {
                    var seen: Int64 = 0
                    while seen < writers * appendsEach * 2 {
                        for event in try await reader.events(after: seen, limit: 100) {
                            #expect(event.position == seen + 1)
                            seen = event.position
                        }
                    }
                }
                try await group.waitForAll()
            }
            let events = try await reader.events(after: 0, limit: 1000)
            #expect(events.map(\.position) == Array(1...Int64(writers * appendsEach * 2)))
            for (stream, events) in Dictionary(grouping: events, by: \.stream) {
                #expect(events.map(\.streamVersion) == Array(1...Int64(events.count)), "of \(stream)")
            }
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.recordedAt <= $1.recordedAt })
        },
        ContractCase("one command id from many at once is recorded once") { log in
            let command = DecidedCommand.some()
            let results = try await withThrowingTaskGroup { group in
                for stream in 0..<8 {
                    let log = try await log.open()
                    group.addTask { try await log.append(.some(.some("s\(stream % 4)", at: 0, command))).streams[0] }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let recorded = try await log.open().commands([command.id])
            #expect(results.count { $0 == .appended(firstPosition: 1, lastPosition: 1) } == 1)
            #expect(results.count { $0 == .duplicate(recorded) } == 7)
        },
        ContractCase("a late commit is not skipped: nobody gets past it, and nobody sees it early") { log in
            let reader = try await log.open()
            let writer = try await log.open()
            _ = try await writer.append(.some(.some("a", at: 0, .some())))
            let open = try await log.begin(.some(.some("late", at: 0, .some(events: 2))))

            let waiting = Task { try await writer.append(.some(.some("a", at: 1, .some()))) }
            for _ in 0..<20 {
                #expect(try await reader.events(after: 0, limit: 10).map(\.position) == [1])
                #expect(try await reader.head().position == 1)
                try await letOthersRun()
            }
            try await open.commit()
            #expect(try await waiting.value.streams == [.appended(firstPosition: 4, lastPosition: 4)])
            #expect(
                try await reader.events(after: 1, limit: 10).map(\.stream.rawValue) == ["late", "late", "a"])
        },
        ContractCase("a roll-back leaves no gap") { log in
            let reader = try await log.open()
            let writer = try await log.open()
            let undone = DecidedCommand.some(events: 3)
            let open = try await log.begin(.some(.some("a", at: 0, undone)))
            let waiting = Task { try await writer.append(.some(.some("a", at: 0, .some(events: 2)))) }
            try await letOthersRun()
            try await open.rollBack()
            #expect(try await waiting.value.streams == [.appended(firstPosition: 1, lastPosition: 2)])
            #expect(try await reader.events(after: 0, limit: 10).map(\.position) == [1, 2])
            #expect(try await reader.commands([undone.id]).isEmpty)
        },
        ContractCase("an append that waited sees what was committed meanwhile") { log in
            let writer = try await log.open()
            let command = DecidedCommand.some()
            let open = try await log.begin(
                .some(.some("a", at: 0, .some(events: 2)), .some("b", at: 0, command)))
            let waiting = Task {
                try await writer.append(.some(.some("a", at: 0, .some()), .some("c", at: 0, command)))
            }
            try await letOthersRun()
            try await open.commit()
            #expect(
                try await waiting.value.streams == [
                    .conflict(actualVersion: 2), .duplicate(try await writer.commands([command.id])),
                ])
        },
        ContractCase("an append that waited over the end of its epoch is fenced") { log in
            let writer = try await log.open()
            _ = try await writer.append(.some(.some("a", at: 0, .some())))
            let raising = try await log.beginEpoch()
            let waiting = Task { try await writer.append(.some(epoch: 1, .some("b", at: 0, .some()))) }
            try await letOthersRun()
            try await raising.commit()
            await expectFenced(epoch: 2) { _ = try await waiting.value }
            #expect(try await writer.head() == LogPosition(epoch: 2, position: 1))
        },
        ContractCase("a durable head that the end of an epoch overtakes is looked for again") { log in
            let other = try await log.open()
            _ = try await other.append(.some(.some("a", at: 0, .some())))
            let raising = try await log.beginEpoch()
            let looking = Task { try await HashedHead.durable(in: other, vouchedForBy: other) }
            try await letOthersRun()
            try await raising.commit()
            let head = try await looking.value
            #expect(head?.epoch == 2)
            #expect(head?.position == 1)
        },
        ContractCase("a barrier waits for the append under way; after it, what is not found is not there") { log in
            let other = try await log.open()
            let command = DecidedCommand.some()
            let open = try await log.begin(.some(.some("a", at: 0, command)))
            let barrier = Task {
                try await other.barrier()
                return try await other.commands([command.id]).count
            }
            try await letOthersRun()
            #expect(try await other.commands([command.id]).isEmpty)
            try await open.commit()
            #expect(try await barrier.value == 1)
        },
    ]

    /// Gives a task that was just started time to reach the point where it must wait. What the cases expect holds
    /// whether it got there or not; only where it did has the case tried something.
    private static func letOthersRun() async throws { try await Task.sleep(for: .milliseconds(10)) }

    /// Appends to a stream others append to as well: again at the version it has, until it goes.
    private static func appendOne(to stream: String, of log: any EventLog) async throws {
        let command = DecidedCommand.some()
        var version: Int64 = 0
        while true {
            switch try await log.append(.some(.some(stream, at: version, command))).streams[0] {
            case .appended: return
            case .conflict(let actual): version = actual
            case .duplicate(let recorded):
                Issue.record("never recorded before: \(recorded)")
                return
            }
        }
    }
}
