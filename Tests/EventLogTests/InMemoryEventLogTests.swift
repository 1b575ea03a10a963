import Domain
import EventLog
import EventLogContract
import Testing

@Suite("The log in memory")
struct InMemoryEventLogTests {
    @Test("keeps the contract", arguments: ContractCase.all)
    func contract(_ promise: ContractCase) async throws {
        try await promise.run(MemoryUnderTest())
    }

    @Test("fails the next append as it is told to, either side of the commit")
    func interruptions() async throws {
        let log = InMemoryEventLog()
        let command = DecidedCommand(
            id: CommandID(high: 1, low: 2), principal: "u", fingerprint: [], outcome: [], events: [])
        let batch = AppendBatch(
            epoch: 1, streams: [StreamAppend(stream: StreamID("a"), expectedVersion: 0, commands: [command])])
        let error = LogError(code: .unavailable, message: "told to")

        await log.interrupt(nextAppend: .beforeCommit(.notAppended(error)))
        await #expect(throws: AppendFailure.self) { try await log.append(batch) }
        #expect(await log.commands([command.id]).isEmpty)

        await log.interrupt(nextAppend: .afterCommit(error))
        await #expect(throws: AppendFailure.self) { try await log.append(batch) }
        #expect(await log.commands([command.id]).count == 1)

        #expect(try await log.append(batch).streams == [.duplicate(await log.commands([command.id]))])
    }
}

private struct MemoryUnderTest: LogUnderTest {
    let log = InMemoryEventLog()

    func open() -> any EventLog & EventAuditor { log }
    func begin(_ batch: AppendBatch) async throws -> any OpenTransaction { Open(write: try await log.begin(batch)) }
    func beginEpoch() async -> any OpenTransaction { Open(write: await log.beginEpoch()) }

    private struct Open: OpenTransaction {
        let write: InMemoryEventLog.OpenWrite
        func commit() async { await write.commit() }
        func rollBack() async { await write.rollBack() }
    }
}
