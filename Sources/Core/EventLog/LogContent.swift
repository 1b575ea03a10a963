package import Domain

/// The tables of a log in memory, and its rules: what one append does to them, with nothing asynchronous about it.
///
/// A value: whoever keeps an older one can go back to it, as a restore would.
package struct LogContent: Sendable {
    /// All that were begun. A restore keeps them, whatever else it loses.
    package var epochs = EpochHistory(epochs: [EpochHistory.Epoch(epoch: 1, startsAfter: 0)])
    package private(set) var events: [RecordedEvent] = []
    /// The positions of each stream's events.
    private var streams: [StreamID: [Int64]] = [:]
    private var commands: [CommandID: RecordedCommand] = [:]
    /// What each append wrote; without hashes, which only an audit asks for.
    private var appended: [RecordedBatch] = []
    /// Of the latest batch.
    package private(set) var recordedAt = Timestamp.distantPast

    package init() {}

    // MARK: Reading

    package var head: LogPosition { LogPosition(epoch: epochs.current, position: position) }

    package func events(after position: Int64, limit: Int) -> [RecordedEvent] {
        let first = Int(max(0, position))
        return first < events.count ? Array(events[first...].prefix(limit)) : []
    }

    package func events(of stream: StreamID, after version: Int64, limit: Int) -> [RecordedEvent] {
        streams[stream, default: []].dropFirst(Int(max(0, version))).prefix(limit).map { events[Int($0) - 1] }
    }

    package func commands(_ ids: [CommandID]) -> [RecordedCommand] { ids.compactMap { commands[$0] } }

    // MARK: Auditing

    /// The batches, with the roots and hashes that a log in a database has.
    package var batches: [RecordedBatch] {
        var hash = ChainStart.new.hash
        return appended.map { batch in
            var batch = batch
            for index in batch.parts.indices {
                batch.parts[index].root = BatchHash.root(of: batch.parts[index].commands)
            }
            hash = batch.hash(after: hash)
            batch.hash = hash
            return batch
        }
    }

    package var hashedHead: HashedHead {
        HashedHead(
            epoch: epochs.current, position: position, batch: Int64(appended.count),
            hash: batches.last?.hash ?? ChainStart.new.hash, recordedAt: recordedAt)
    }

    package func position(asOf time: Timestamp) -> Int64 { events.last { $0.recordedAt <= time }?.position ?? 0 }

    // MARK: Writing

    /// Appends `batch` whole, at a time that is `now` unless that would go back.
    package mutating func append(_ batch: AppendBatch, now: Timestamp) throws(AppendFailure) -> AppendResult {
        guard batch.epoch == epochs.current else { throw .fenced(epoch: epochs.current) }
        let ids = batch.streams.flatMap(\.commands).map(\.id)
        guard !batch.streams.isEmpty, batch.streams.allSatisfy({ !$0.commands.isEmpty }),
            Set(ids).count == ids.count, Set(batch.streams.map(\.stream)).count == batch.streams.count
        else { throw .notAppended(LogError(code: .refused, message: "the batch is malformed")) }
        recordedAt = max(recordedAt, now)
        let before = position
        var results: [AppendResult.Stream] = []
        var parts: [RecordedBatch.Part] = []
        for stream in batch.streams {
            let lastPosition = streams[stream.stream]?.last ?? 0
            let result = append(stream)
            if result.isAppended {
                parts.append(
                    RecordedBatch.Part(
                        stream: stream.stream, version: stream.expectedVersion, lastPosition: lastPosition, root: [],
                        commands: stream.commands))
            }
            results.append(result)
        }
        if !parts.isEmpty {
            appended.append(
                RecordedBatch(
                    number: Int64(appended.count) + 1, epoch: batch.epoch, afterPosition: before,
                    recordedAt: recordedAt, parts: parts, hash: []))
        }
        return AppendResult(streams: results, head: position, recordedAt: recordedAt)
    }

    /// Ends the epoch and begins the next, which it returns.
    @discardableResult
    package mutating func raiseEpoch() -> Int64 {
        epochs.epochs.append(EpochHistory.Epoch(epoch: epochs.current + 1, startsAfter: position))
        return epochs.current
    }

    private var position: Int64 { Int64(events.count) }

    private mutating func append(_ append: StreamAppend) -> AppendResult.Stream {
        let recorded = append.commands.compactMap { commands[$0.id] }
        guard recorded.isEmpty else { return .duplicate(recorded) }
        var positions = streams[append.stream, default: []]
        guard Int64(positions.count) == append.expectedVersion else {
            return .conflict(actualVersion: Int64(positions.count))
        }
        let firstPosition = position + 1
        for command in append.commands {
            for event in command.events {
                positions.append(position + 1)
                events.append(
                    RecordedEvent(
                        position: position + 1, stream: append.stream, streamVersion: Int64(positions.count),
                        event: event, commandID: command.id, recordedAt: recordedAt))
            }
            commands[command.id] = RecordedCommand(
                id: command.id, principal: command.principal, fingerprint: command.fingerprint, stream: append.stream,
                outcome: command.outcome, position: positions.last ?? 0, eventCount: command.events.count,
                recordedAt: recordedAt)
        }
        if !positions.isEmpty { streams[append.stream] = positions }
        return .appended(firstPosition: firstPosition, lastPosition: positions.last ?? 0)
    }
}
