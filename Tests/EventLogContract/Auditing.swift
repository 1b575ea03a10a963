internal import Domain
internal import EventLog
internal import Testing

extension ContractCase {
    static let auditing: [ContractCase] = [
        ContractCase("an empty log is whole") { log in
            let log = try await log.open()
            #expect(try await log.chainStart() == .new)
            #expect(try await log.batches(after: .start, limit: 10).isEmpty)
            let head = try await log.hashedHead()
            #expect(head.batch == 0 && head.position == 0 && head.hash == ChainStart.new.hash)
            try LogCheck(.new).end(at: head)
            #expect(try await log.batch(of: .random()) == nil)
            #expect(try await log.position(asOf: Timestamp(microseconds: .max)) == 0)
        },
        ContractCase("a batch keeps what was appended as it was sent, without what was refused") { log in
            let log = try await log.open()
            let first = StreamAppend.some("a", at: 0, .some(events: 2), .some(events: 0))
            _ = try await log.append(.some(first))
            let second = StreamAppend.some("b", at: 0, .some(events: 0), .some(events: 3), .some(events: 1))
            let third = StreamAppend.some("c", at: 0, .some(events: 0))
            let fourth = StreamAppend.some("a", at: 2, .some(events: 1))
            let result = try await log.append(
                .some(
                    .some("d", at: 7, .some(events: 5), .some(events: 0)), second,
                    .some("e", at: 0, .some(events: 1), first.commands[1]), third, fourth))
            #expect(result.streams.map(\.isAppended) == [false, true, false, true, true])
            // Nothing at all is no batch.
            _ = try await log.append(.some(.some("d", at: 7, .some())))

            let batches = try await log.batches(after: .start, limit: 10)
            #expect(batches.map(\.number) == [1, 2])
            #expect(batches.map(\.epoch) == [1, 1])
            #expect(batches.map(\.afterPosition) == [0, 2])
            #expect(batches.map(\.lastPosition) == [2, 7])
            #expect(batches[1].recordedAt == result.recordedAt)
            #expect(batches[1].parts.map(\.stream) == ["b", "c", "a"].map(StreamID.init))
            #expect(batches[1].parts.map(\.commands) == [second, third, fourth].map(\.commands))
            #expect(batches[1].parts.map(\.version) == [0, 0, 2])
            #expect(batches[1].parts.map(\.lastPosition) == [0, 0, 2])
            #expect(batches.flatMap(\.events) == (try await log.events(after: 0, limit: 10)))
            try await expectWhole(log)
        },
        ContractCase("a log is whole, page by page, whatever was appended, and finds the batch of each command") {
            log in
            let log = try await log.open()
            for version in 0..<4 as Range<Int64> {
                for count in [0, 0, 1] {
                    _ = try await log.append(.some(.some("a", at: version, .some(events: count))))
                }
                _ = try await log.append(
                    .some(.some("b", at: version * 2, .some(events: 2)), .some("c", at: 9, .some()))
                )
            }
            try await expectWhole(log, page: 3)
            var previous = ChainStart.new.hash
            for batch in try await log.batches(after: .start, limit: 100) {
                for id in batch.commandIDs {
                    let found = try await log.batch(of: id)
                    #expect(found?.batch == batch && found?.previousHash == previous)
                }
                previous = batch.hash
            }
        },
        ContractCase("a log stays whole over the end of an epoch") { log in
            let writer = try await log.open()
            _ = try await writer.append(.some(.some("a", at: 0, .some())))
            try await log.beginEpoch().commit()
            _ = try await writer.append(.some(epoch: 2, .some("a", at: 1, .some())))
            #expect(try await writer.batches(after: .start, limit: 10).map(\.epoch) == [1, 2])
            #expect(try await writer.hashedHead().epoch == 2)
            try await expectWhole(writer)
        },
    ]

    private static func expectWhole(_ log: any EventAuditor, page: Int = 100) async throws {
        let head = try await log.hashedHead()
        var check = LogCheck(try await log.chainStart())
        while case let batches = try await log.batches(after: check.place, limit: page), !batches.isEmpty {
            #expect(batches.count <= page)
            for batch in batches { try check.next(batch) }
        }
        try check.end(at: head)
    }
}
