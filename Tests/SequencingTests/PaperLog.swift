import Domain
import EventLog

/// The log's rules with nothing asynchronous about them, shared by hand-driven machines.
final class PaperLog {
    private(set) var epoch: Int64 = 1
    private(set) var events: [RecordedEvent] = []
    private(set) var commands: [CommandID: RecordedCommand] = [:]
    private(set) var recordedAt: Int64 = 0

    var head: Int64 { Int64(events.count) }

    func append(_ batch: AppendBatch) throws(AppendFailure) -> AppendResult {
        guard batch.epoch == epoch else { throw .fenced(epoch: epoch) }
        let ids = batch.streams.flatMap(\.commands).map(\.id)
        guard !batch.streams.isEmpty, batch.streams.allSatisfy({ !$0.commands.isEmpty }), Set(ids).count == ids.count,
            Set(batch.streams.map(\.stream)).count == batch.streams.count
        else { throw .notAppended(LogError(code: .refused, message: "malformed batch")) }
        recordedAt += 1
        var results: [AppendResult.Stream] = []
        for stream in batch.streams { results.append(append(stream)) }
        return AppendResult(streams: results, head: head, recordedAt: Timestamp(microseconds: recordedAt))
    }

    private func append(_ append: StreamAppend) -> AppendResult.Stream {
        let recorded = append.commands.compactMap { commands[$0.id] }
        guard recorded.isEmpty else { return .duplicate(recorded) }
        let version = self.version(of: append.stream)
        guard version == append.expectedVersion else { return .conflict(actualVersion: version) }
        let first = head + 1
        var last = events.last { $0.stream == append.stream }?.position ?? 0
        for command in append.commands {
            for event in command.events {
                events.append(
                    RecordedEvent(
                        position: head + 1, stream: append.stream, streamVersion: self.version(of: append.stream) + 1,
                        event: event, commandID: command.id, recordedAt: Timestamp(microseconds: recordedAt)))
                last = head
            }
            commands[command.id] = RecordedCommand(
                id: command.id, principal: command.principal, fingerprint: command.fingerprint, stream: append.stream,
                outcome: command.outcome, position: last, eventCount: command.events.count,
                recordedAt: Timestamp(microseconds: recordedAt))
        }
        return .appended(firstPosition: first, lastPosition: last)
    }

    func version(of stream: StreamID) -> Int64 { Int64(events.count { $0.stream == stream }) }

    func events(of stream: StreamID, after version: Int64, limit: Int) -> [RecordedEvent] {
        Array(events.lazy.filter { $0.stream == stream && $0.streamVersion > version }.prefix(limit))
    }

    func commands(_ ids: [CommandID]) -> [RecordedCommand] { ids.compactMap { commands[$0] } }

    /// A failover: a new epoch, which may have lost the log's tail.
    func raiseEpoch(cuttingAfter position: Int64? = nil) {
        epoch += 1
        guard let position, position < head else { return }
        let lost = Set(events[Int(position)...].map(\.commandID))
        events.removeLast(Int(head - position))
        for id in lost { commands[id] = nil }
        commands = commands.filter { $0.value.position <= position }
    }

    /// Puts an event into the log that no decider made.
    func inject(_ event: EncodedEvent, into stream: StreamID, version: Int64? = nil) {
        events.append(
            RecordedEvent(
                position: head + 1, stream: stream, streamVersion: version ?? self.version(of: stream) + 1,
                event: event,
                commandID: CommandID(high: 0, low: UInt64(head)), recordedAt: Timestamp(microseconds: recordedAt)))
    }
}
