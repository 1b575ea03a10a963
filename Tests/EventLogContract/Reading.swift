internal import Domain
internal import EventLog
internal import Testing

extension ContractCase {
    static let reading: [ContractCase] = [
        ContractCase("an empty log says so") { log in
            let log = try await log.open()
            #expect(try await log.head() == LogPosition(epoch: 1, position: 0))
            #expect(try await log.epochs().epochs == [EpochHistory.Epoch(epoch: 1, startsAfter: 0)])
            #expect(try await log.events(after: 0, limit: 10).isEmpty)
            #expect(try await log.events(of: StreamID("a"), after: 0, limit: 10).isEmpty)
            #expect(try await log.commands([.random()]).isEmpty)
            #expect(try await log.commands([]).isEmpty)
        },
        ContractCase("what was appended is read back as it was, by whoever opens the log") { log in
            let writer = try await log.open()
            let payloads: [[UInt8]] = [[], [0], Array("naïve ✓".utf8), (0..<300_000).map { UInt8($0 & 255) }]
            let command = DecidedCommand(
                id: CommandID(high: 0x8000_0000_0000_0001, low: .max), principal: "user-\"1'\\{}NULL",
                fingerprint: (0..<32).map { $0 }, outcome: [0, 255],
                events: payloads.enumerated().map { index, payload in
                    EncodedEvent(type: "Type,\(index) \"é\"", schemaVersion: index * 1000, payload: payload)
                })
            let stream = String(repeating: "~", count: 64)
            let result = try await writer.append(.some(.some(stream, at: 0, command)))

            let reader = try await log.open()
            let events = try await reader.events(after: 0, limit: 10)
            #expect(
                events
                    == command.events.enumerated().map { index, event in
                        RecordedEvent(
                            position: Int64(index + 1), stream: StreamID(stream), streamVersion: Int64(index + 1),
                            event: event, commandID: command.id, recordedAt: result.recordedAt)
                    })
            #expect(try await reader.events(of: StreamID(stream), after: 0, limit: 10) == events)
            #expect(try await reader.lastRecordedAt() == result.recordedAt)
            #expect(
                try await reader.commands([command.id, .random()]) == [
                    RecordedCommand(
                        id: command.id, principal: command.principal, fingerprint: command.fingerprint,
                        stream: StreamID(stream), outcome: command.outcome, position: 4, eventCount: 4,
                        recordedAt: result.recordedAt)
                ])
        },
        ContractCase("pages follow each other without overlap or hole, and end at the head") { log in
            let log = try await log.open()
            for version in 0..<10 as Range<Int64> {
                _ = try await log.append(
                    .some(.some("a", at: version * 3, .some(events: 3)), .some("b", at: version, .some(events: 1))))
            }
            var positions: [Int64] = []
            while case let page = try await log.events(after: positions.last ?? 0, limit: 7), !page.isEmpty {
                positions += page.map(\.position)
            }
            #expect(positions == Array(1...40))
            #expect(try await log.events(after: 39, limit: 7).map(\.position) == [40])
            #expect(try await log.events(after: 40, limit: 7).isEmpty)
            #expect(try await log.events(after: .max, limit: 7).isEmpty)
            #expect(try await log.events(after: 0, limit: 0).isEmpty)

            var versions: [Int64] = []
            while case let page = try await log.events(of: StreamID("a"), after: versions.last ?? 0, limit: 7),
                !page.isEmpty
            {
                versions += page.map(\.streamVersion)
                #expect(page.allSatisfy { $0.stream == StreamID("a") })
            }
            #expect(versions == Array(1...30))
        },
    ]
}
