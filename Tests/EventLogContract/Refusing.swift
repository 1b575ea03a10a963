internal import Domain
internal import EventLog
internal import Testing

extension ContractCase {
    static let refusing: [ContractCase] = [
        ContractCase("a malformed batch is refused whole") { log in
            let log = try await log.open()
            let twice = DecidedCommand.some()
            let malformed: [AppendBatch] = [
                .some(),
                AppendBatch(epoch: 1, streams: [StreamAppend(stream: StreamID("a"), expectedVersion: 0, commands: [])]),
                .some(.some("a", at: 0, .some()), .some("a", at: 1, .some())),
                .some(.some("a", at: 0, twice, twice)),
                .some(.some("a", at: 0, twice), .some("b", at: 0, twice)),
            ]
            for batch in malformed {
                let failure = await #expect(throws: AppendFailure.self) { try await log.append(batch) }
                guard case .notAppended(let error) = failure else {
                    Issue.record("\(String(describing: failure)) for \(batch)")
                    continue
                }
                #expect(error.code == .refused)
            }
            #expect(try await log.head().position == 0)
            #expect(try await log.commands([twice.id]).isEmpty)
        },
        ContractCase("a writer of an old epoch is fenced, and told the new one") { log in
            let writer = try await log.open()
            _ = try await writer.append(.some(.some("a", at: 0, .some(events: 3))))
            try await log.beginEpoch().commit()

            let late = DecidedCommand.some()
            await expectFenced(epoch: 2) { _ = try await writer.append(.some(epoch: 1, .some("a", at: 3, late))) }
            await expectFenced(epoch: 2) { _ = try await writer.append(.some(epoch: 3, .some("a", at: 3, late))) }
            #expect(try await writer.commands([late.id]).isEmpty)
            #expect(try await writer.head() == LogPosition(epoch: 2, position: 3))

            let result = try await writer.append(.some(epoch: 2, .some("a", at: 3, late)))
            #expect(result.streams == [.appended(firstPosition: 4, lastPosition: 4)])
            #expect(
                try await writer.epochs().epochs == [
                    EpochHistory.Epoch(epoch: 1, startsAfter: 0), EpochHistory.Epoch(epoch: 2, startsAfter: 3),
                ])
        },
    ]

    static func expectFenced(epoch: Int64, _ append: () async throws -> Void) async {
        let failure = await #expect(throws: AppendFailure.self) { try await append() }
        guard case .fenced(epoch) = failure else {
            Issue.record("\(String(describing: failure)) where the writer should be fenced off")
            return
        }
    }
}
