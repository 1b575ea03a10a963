internal import Domain
internal import EventLog
internal import Postgres

// How the log's values stand in parameters and rows.

extension AppendBatch {
    /// The flat arrays that `holdfast.append` takes.
    var parameters: PostgresParameters {
        let commands = streams.flatMap(\.commands)
        let events = commands.flatMap(\.events)
        var parameters = PostgresParameters()
        // About what a command and an event take, so that the buffer seldom grows.
        let eventBytes = events.reduce(0) { $0 + $1.payload.count + $1.type.utf8.count + 32 }
        parameters.reserve(byteCount: 512 + commands.count * 256 + eventBytes)
        parameters.append(epoch)
        parameters.append(array: streams.lazy.map(\.stream.rawValue))
        parameters.append(array: streams.lazy.map(\.expectedVersion))
        parameters.append(
            array: streams.enumerated().lazy.flatMap { index, stream in
                repeatElement(Int32(index + 1), count: stream.commands.count)
            })
        parameters.append(array: commands.lazy.map { PostgresUUID($0.id) })
        parameters.append(array: commands.lazy.map(\.principal))
        parameters.append(array: commands.lazy.map(\.fingerprint))
        parameters.append(array: commands.lazy.map(\.outcome))
        parameters.append(array: commands.lazy.map { Int32(clamping: $0.events.count) })
        parameters.append(array: events.lazy.map(\.type))
        parameters.append(array: events.lazy.map { Int16($0.schemaVersion) })
        parameters.append(array: events.lazy.map(\.payload))
        return parameters
    }
}

extension LogPosition {
    init(_ rows: PostgresResult) throws(PostgresError) {
        self.init(epoch: try rows.int64(0, 0), position: try rows.int64(0, 1))
    }
}

extension AppendResult {
    /// From the rows of `holdfast.append`: one of kind 0, 1 or 2 per stream, one of kind 3 per duplicate command.
    init(_ rows: PostgresResult, streamCount: Int) throws(PostgresError) {
        var results = [Stream?](repeating: nil, count: streamCount)
        var duplicates: [Int: [RecordedCommand]] = [:]
        var head: (position: Int64, recordedAt: Timestamp)?
        for row in 0..<rows.rowCount {
            let kind = try rows.int16(row, 0)
            let index = Int(try rows.int32(row, 1)) - 1
            guard results.indices.contains(index) else { throw .unexpected("a row for stream \(index + 1)") }
            switch kind {
            case 0:
                results[index] = .appended(
                    firstPosition: try rows.int64(row, 2), lastPosition: try rows.int64(row, 3))
            case 1: results[index] = .conflict(actualVersion: try rows.int64(row, 4))
            case 2: results[index] = .duplicate([])
            case 3:
                let command = try RecordedCommand(rows, row: row, firstColumn: 7)
                duplicates[index, default: []].append(command)
                continue
            default: throw .unexpected("a row of kind \(kind)")
            }
            head = (try rows.int64(row, 5), Timestamp(try rows.timestamp(row, 6)))
        }
        for (index, commands) in duplicates { results[index] = .duplicate(commands) }
        let streams = results.compactMap(\.self)
        guard let head, streams.count == streamCount else { throw .unexpected("\(streams.count) rows") }
        self.init(streams: streams, head: head.position, recordedAt: head.recordedAt)
    }
}

extension RecordedEvent {
    /// From the columns of `PostgresStatement.eventColumns`.
    init(_ rows: PostgresResult, row: Int) throws(PostgresError) {
        self.init(
            position: try rows.int64(row, 0), stream: StreamID(try rows.text(row, 1)),
            streamVersion: try rows.int64(row, 2),
            event: EncodedEvent(
                type: try rows.text(row, 3), schemaVersion: Int(try rows.int16(row, 4)),
                payload: try rows.bytes(row, 5)),
            commandID: CommandID(try rows.uuid(row, 6)), recordedAt: Timestamp(try rows.timestamp(row, 7)))
    }
}

extension RecordedCommand {
    /// From eight columns, beginning with the id.
    init(_ rows: PostgresResult, row: Int, firstColumn column: Int) throws(PostgresError) {
        self.init(
            id: CommandID(try rows.uuid(row, column)), principal: try rows.text(row, column + 1),
            fingerprint: try rows.bytes(row, column + 2), stream: StreamID(try rows.text(row, column + 3)),
            outcome: try rows.bytes(row, column + 4), position: try rows.int64(row, column + 5),
            eventCount: Int(try rows.int32(row, column + 6)),
            recordedAt: Timestamp(try rows.timestamp(row, column + 7)))
    }
}

extension PostgresUUID {
    init(_ id: CommandID) { self.init(high: id.high, low: id.low) }
}

extension CommandID {
    fileprivate init(_ uuid: PostgresUUID) { self.init(high: uuid.high, low: uuid.low) }
}

extension Timestamp {
    init(_ timestamp: PostgresTimestamp) { self.init(microseconds: timestamp.microsecondsSince1970) }
}

extension PostgresError {
    fileprivate static func unexpected(_ what: String) -> PostgresError {
        PostgresError(.unreadable, .unknown, "the append answered with \(what)")
    }
}
