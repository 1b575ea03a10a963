internal import Domain
internal import EventLog
internal import Testing

extension ContractCase {
    static let appending: [ContractCase] = [
        ContractCase("an append answers with the positions its events have") { log in
            let log = try await log.open()
            let result = try await log.append(
                .some(
                    .some("a", at: 0, .some(events: 2), .some(events: 1)),
                    .some("b", at: 0, .some(events: 1))))
            #expect(
                result.streams == [
                    .appended(firstPosition: 1, lastPosition: 3), .appended(firstPosition: 4, lastPosition: 4),
                ])
            #expect(result.head == 4)
            #expect(try await log.head() == LogPosition(epoch: 1, position: 4))

            let next = try await log.append(.some(.some("a", at: 3, .some(events: 2))))
            #expect(next.streams == [.appended(firstPosition: 5, lastPosition: 6)])
            #expect(next.recordedAt >= result.recordedAt)
        },
        ContractCase("a stream that moved on conflicts, and the others of the batch do not care") { log in
            let log = try await log.open()
            _ = try await log.append(.some(.some("a", at: 0, .some(events: 2))))
            let late = DecidedCommand.some()
            let result = try await log.append(
                .some(
                    .some("b", at: 0, .some()), .some("a", at: 1, late), .some("c", at: 3, .some()),
                    .some("d", at: 0, .some())))
            #expect(
                result.streams == [
                    .appended(firstPosition: 3, lastPosition: 3), .conflict(actualVersion: 2),
                    .conflict(actualVersion: 0), .appended(firstPosition: 4, lastPosition: 4),
                ])
            #expect(try await log.commands([late.id]).isEmpty)
            #expect(try await log.events(of: StreamID("a"), after: 0, limit: 10).count == 2)
            #expect(try await log.events(after: 0, limit: 10).map(\.stream.rawValue) == ["a", "a", "b", "d"])
        },
        ContractCase("a recorded command is a duplicate: it keeps its outcome, and its stream gets nothing") { log in
            let log = try await log.open()
            let first = DecidedCommand.some(events: 2)
            _ = try await log.append(.some(.some("a", at: 0, first)))
            let recorded = try await log.commands([first.id])
            #expect(recorded.count == 1)

            var again = first
            again.outcome = Array("another outcome".utf8)
            again.events = []
            let bystander = DecidedCommand.some()
            let result = try await log.append(
                .some(.some("a", at: 2, bystander, again), .some("b", at: 0, .some())))
            #expect(result.streams == [.duplicate(recorded), .appended(firstPosition: 3, lastPosition: 3)])
            #expect(try await log.commands([first.id, bystander.id]) == recorded)
            #expect(try await log.events(of: StreamID("a"), after: 0, limit: 10).count == 2)
        },
        ContractCase("a duplicate is told as such also where the stream moved on") { log in
            let log = try await log.open()
            let first = DecidedCommand.some()
            _ = try await log.append(.some(.some("a", at: 0, first, .some())))
            let result = try await log.append(.some(.some("a", at: 0, first)))
            #expect(result.streams == [.duplicate(try await log.commands([first.id]))])
        },
        ContractCase("a command recorded on one stream is a duplicate on another") { log in
            let log = try await log.open()
            let first = DecidedCommand.some()
            _ = try await log.append(.some(.some("a", at: 0, first)))
            let result = try await log.append(.some(.some("b", at: 0, first)))
            #expect(result.streams == [.duplicate(try await log.commands([first.id]))])
            #expect(try await log.head().position == 1)
        },
        ContractCase("a rejection is recorded at the position it was decided on") { log in
            let log = try await log.open()
            let ids = (0..<4).map { _ in CommandID.random() }
            let result = try await log.append(
                .some(
                    .some("z", at: 0, .some(events: 1)),
                    .some("a", at: 0, .some(ids[0], events: 0), .some(ids[1], events: 3), .some(ids[2], events: 0))))
            #expect(result.streams[1] == .appended(firstPosition: 2, lastPosition: 4))
            // Only a rejection: the log does not grow, and the stream does not move.
            let alone = try await log.append(.some(.some("z", at: 1, .some(ids[3], events: 0))))
            #expect(alone.streams == [.appended(firstPosition: 5, lastPosition: 1)])
            #expect(alone.head == 4)

            let commands = Dictionary(uniqueKeysWithValues: try await log.commands(ids).map { ($0.id, $0) })
            #expect(ids.map { commands[$0]?.position } == [0, 4, 4, 1])
            #expect(ids.map { commands[$0]?.eventCount } == [0, 3, 0, 0])
            #expect(ids.map { commands[$0]?.positions } == [nil, 2...4, nil, nil])
            // A stream on which everything was rejected still does not exist.
            _ = try await log.append(.some(.some("none", at: 0, .some(events: 0))))
            let first = try await log.append(.some(.some("none", at: 0, .some())))
            #expect(first.streams == [.appended(firstPosition: 5, lastPosition: 5)])
        },
        ContractCase("time never goes back, and a batch has one time") { log in
            let log = try await log.open()
            var last = Timestamp.distantPast
            for version in 0..<20 as Range<Int64> {
                let result = try await log.append(
                    .some(.some("a", at: version, .some()), .some("b\(version)", at: 0, .some())))
                #expect(result.recordedAt >= last)
                last = result.recordedAt
                let events = try await log.events(after: version * 2, limit: 2)
                #expect(events.map(\.recordedAt) == [last, last])
            }
        },
    ]
}
