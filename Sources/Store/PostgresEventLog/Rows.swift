internal import Domain
internal import EventLog
internal import Postgres

// How the log's values stand in parameters and rows.

extension AppendBatch {
    /// The flat arrays that `holdfast.append` takes.
    var parameters: PostgresParameters {
        var parameters = PostgresParameters()
        // About what everything takes, so that the buffer seldom grows.
        var byteCount = 1024
        forEachCommand { command, _ in
            byteCount += 192
            for event in command.events { byteCount += event.payload.count + event.type.utf8.count + 32 }
        }
        parameters.reserve(byteCount: byteCount)
        parameters.append(epoch)
        parameters.append(array: .text) { array in for stream in streams { array.append(stream.stream.rawValue) } }
        parameters.append(array: .int8) { array in for stream in streams { array.append(stream.expectedVersion) } }
        parameters.append(array: .bytea) { array in
            for stream in streams { array.append(BatchHash.root(of: stream.commands)) }
        }
        parameters.append(array: .int4) { array in forEachCommand { array.append(Int32($1 + 1)) } }
        parameters.append(array: .uuid) { array in
            forEachCommand { command, _ in array.append(PostgresUUID(command.id)) }
        }
        parameters.append(array: .text) { array in forEachCommand { command, _ in array.append(command.principal) } }
        parameters.append(array: .bytea) { array in forEachCommand { command, _ in array.append(command.fingerprint) } }
        parameters.append(array: .bytea) { array in forEachCommand { command, _ in array.append(command.outcome) } }
        parameters.append(array: .int4) { array in
            forEachCommand { command, _ in array.append(Int32(clamping: command.events.count)) }
        }
        parameters.append(array: .text) { array in forEachEvent { array.append($0.type) } }
        parameters.append(array: .int2) { array in forEachEvent { array.append(Int16($0.schemaVersion)) } }
        parameters.append(array: .bytea) { array in forEachEvent { array.append($0.payload) } }
        return parameters
    }

    /// Each command with the index of its stream.
    private func forEachCommand(_ body: (DecidedCommand, Int) -> Void) {
        for (index, stream) in streams.enumerated() {
            for command in stream.commands { body(command, index) }
        }
    }

    private func forEachEvent(_ body: (EncodedEvent) -> Void) {
        for stream in streams {
            for command in stream.commands { for event in command.events { body(event) } }
        }
    }
}

extension LogPosition {
    init(_ rows: PostgresResult) throws(PostgresError) {
        self.init(epoch: try rows.int64(0, 0), position: try rows.int64(0, 1))
    }
}

extension LogLook {
    /// From rows of the head beside a batch, of which there may be none.
    init(_ rows: PostgresResult) throws(PostgresError) {
        self.init(head: try LogPosition(rows))
        for row in 0..<rows.rowCount where !rows.isNull(row, 2) {
            let (after, last) = (try rows.int64(row, 2), try rows.int64(row, 3))
            guard after >= 0, last > after else { throw .contradiction("the batch up to event \(last)") }
            marks.append(BatchMark(positions: after + 1...last, hash: try rows.bytes(row, 4)))
        }
    }
}

extension HashedHead {
    /// From the first five columns.
    init(_ rows: PostgresResult) throws(PostgresError) {
        self.init(
            epoch: try rows.int64(0, 0), position: try rows.int64(0, 1), batch: try rows.int64(0, 2),
            hash: try rows.bytes(0, 3), recordedAt: Timestamp(try rows.timestamp(0, 4)))
    }
}

extension AppendResult {
    /// From the rows of `holdfast.append`: one of kind 0, 1 or 2 per stream, one of kind 3 per duplicate command.
    init(_ rows: PostgresResult, streamCount: Int) throws(PostgresError) {
        var results = [Stream?](repeating: nil, count: streamCount)
        var duplicates: [Int: [RecordedCommand]] = [:]
        var head: (position: Int64, recordedAt: Timestamp)?
        var link: Link?
        var lastPositions = [Int64](repeating: 0, count: streamCount)
        for row in 0..<rows.rowCount {
            let kind = try rows.int16(row, 0)
            let index = Int(try rows.int32(row, 1)) - 1
            guard results.indices.contains(index) else { throw .unexpected("a row for stream \(index + 1)") }
            switch kind {
            case 0:
                results[index] = .appended(
                    firstPosition: try rows.int64(row, 2), lastPosition: try rows.int64(row, 3))
                lastPositions[index] = try rows.int64(row, 15)
            case 1: results[index] = .conflict(actualVersion: try rows.int64(row, 4))
            case 2: results[index] = .duplicate([])
            case 3:
                let command = try RecordedCommand(rows, row: row, firstColumn: 7)
                duplicates[index, default: []].append(command)
                continue
            default: throw .unexpected("a row of kind \(kind)")
            }
            head = (try rows.int64(row, 5), Timestamp(try rows.timestamp(row, 6)))
            if !rows.isNull(row, 16) {
                link = Link(
                    number: try rows.int64(row, 16), previousHash: try rows.bytes(row, 18),
                    hash: try rows.bytes(row, 17), lastPositions: [])
            }
        }
        link?.lastPositions = lastPositions
        for (index, commands) in duplicates { results[index] = .duplicate(commands) }
        let streams = results.compactMap(\.self)
        guard let head, streams.count == streamCount else { throw .unexpected("\(streams.count) rows") }
        self.init(streams: streams, head: head.position, recordedAt: head.recordedAt, link: link)
    }
}

extension PostgresResult {
    /// Decodes the events of a batch, or of one stream's part of it, from ten columns: the position before the first event,
    /// the time, then the arrays of streams, commands and events. Events that are not wanted cost little.
    func appendEvents(
        of row: Int, to events: inout [RecordedEvent], where isWanted: (RecordedEvent.Place) -> Bool
    ) throws(PostgresError) {
        var position = try int64(row, 0)
        let recordedAt = Timestamp(try timestamp(row, 1))
        let streams = try array(row, 2, of: String.self).map(StreamID.init)
        var versions = try array(row, 3, of: Int64.self)
        let start = position
        let contradiction = { PostgresError.contradiction("the batch after event \(start)") }
        let commands = try commandPlaces(row, 4, 6, of: streams.count, orElse: contradiction())
        let ids = try array(row, 5, of: PostgresUUID.self)
        var types = try elements(row, 7, of: String.self)
        var schemaVersions = try elements(row, 8, of: Int16.self)
        var payloads = try elements(row, 9, of: [UInt8].self)
        guard streams.count == versions.count, commands.count == ids.count, Self.isCountable(position),
            versions.allSatisfy({ Self.isCountable($0) })
        else { throw contradiction() }
        for ((stream, eventCount), id) in zip(commands, ids) {
            let id = CommandID(id)
            for _ in 0..<eventCount {
                position += 1
                versions[stream] += 1
                guard isWanted(RecordedEvent.Place(position: position, streamVersion: versions[stream])) else {
                    try types.skip()
                    try schemaVersions.skip()
                    try payloads.skip()
                    continue
                }
                events.append(
                    RecordedEvent(
                        position: position, stream: streams[stream], streamVersion: versions[stream],
                        event: EncodedEvent(
                            type: try types.next(), schemaVersion: Int(try schemaVersions.next()),
                            payload: try payloads.next()),
                        commandID: id, recordedAt: recordedAt))
            }
        }
        guard types.isAtEnd, schemaVersions.isAtEnd, payloads.isAtEnd else {
            throw PostgresError(.unreadable, .unknown, "the batch up to event \(position) has more events")
        }
    }

    /// Which of a batch's streams each command belongs to, from 0, and how many events it has. The commands of a stream stand
    /// together, in the order of the streams.
    fileprivate func commandPlaces(
        _ row: Int, _ streamColumn: Int, _ countColumn: Int, of streamCount: Int,
        orElse contradiction: @autoclosure () -> PostgresError
    ) throws(PostgresError) -> [(stream: Int, eventCount: Int)] {
        let streams = try array(row, streamColumn, of: Int32.self)
        let counts = try array(row, countColumn, of: Int32.self)
        guard streams.count == counts.count else { throw contradiction() }
        var places: [(stream: Int, eventCount: Int)] = []
        places.reserveCapacity(streams.count)
        for (number, count) in zip(streams, counts) {
            let stream = Int(number) - 1
            guard (0..<streamCount).contains(stream), stream >= places.last?.stream ?? 0, count >= 0 else {
                throw contradiction()
            }
            places.append((stream, Int(count)))
        }
        return places
    }

    /// Whether the events of a row can be counted on from `number`: a row has fewer than 2^31.
    fileprivate static func isCountable(_ number: Int64) -> Bool {
        number >= 0 && number <= Int64.max - Int64(Int32.max)
    }
}

extension RecordedEvent {
    /// What a page is bounded by.
    struct Place {
        var position: Int64
        var streamVersion: Int64
    }
}

extension RecordedBatch {
    /// From the columns of `PostgresStatement.batchColumns`.
    init(_ rows: PostgresResult, row: Int) throws(PostgresError) {
        let names = try rows.array(row, 5, of: String.self)
        let versions = try rows.array(row, 6, of: Int64.self)
        let lastPositions = try rows.array(row, 7, of: Int64.self)
        let roots = try rows.array(row, 8, of: [UInt8].self)
        let number = try rows.int64(row, 0)
        let contradiction = PostgresError.contradiction("batch \(number)")
        let places = try rows.commandPlaces(row, 9, 14, of: names.count, orElse: contradiction)
        let ids = try rows.array(row, 10, of: PostgresUUID.self)
        let principals = try rows.array(row, 11, of: String.self)
        let fingerprints = try rows.array(row, 12, of: [UInt8].self)
        let outcomes = try rows.array(row, 13, of: [UInt8].self)
        var types = try rows.elements(row, 15, of: String.self)
        var schemaVersions = try rows.elements(row, 16, of: Int16.self)
        var payloads = try rows.elements(row, 17, of: [UInt8].self)
        guard [versions.count, lastPositions.count, roots.count].allSatisfy({ $0 == names.count }),
            [places.count, principals.count, fingerprints.count, outcomes.count].allSatisfy({ $0 == ids.count })
        else { throw contradiction }
        let afterPosition = try rows.int64(row, 2)
        guard PostgresResult.isCountable(afterPosition), versions.allSatisfy({ PostgresResult.isCountable($0) }) else {
            throw contradiction
        }
        var parts = names.indices.map { stream in
            Part(
                stream: StreamID(names[stream]), version: versions[stream], lastPosition: lastPositions[stream],
                root: roots[stream], commands: [])
        }
        for (command, (stream, eventCount)) in places.enumerated() {
            var events: [EncodedEvent] = []
            for _ in 0..<eventCount {
                events.append(
                    EncodedEvent(
                        type: try types.next(), schemaVersion: Int(try schemaVersions.next()),
                        payload: try payloads.next()))
            }
            parts[stream].commands.append(
                DecidedCommand(
                    id: CommandID(ids[command]), principal: principals[command], fingerprint: fingerprints[command],
                    outcome: outcomes[command], events: events))
        }
        guard types.isAtEnd, schemaVersions.isAtEnd, payloads.isAtEnd else { throw contradiction }
        self.init(
            number: number, epoch: try rows.int64(row, 1), afterPosition: afterPosition,
            recordedAt: Timestamp(try rows.timestamp(row, 3)), parts: parts, hash: try rows.bytes(row, 4))
        // Readers find the batch by this column, which no hash covers.
        guard try rows.int64(row, 18) == lastPosition else { throw contradiction }
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
    init(_ uuid: PostgresUUID) { self.init(high: uuid.high, low: uuid.low) }
}

extension Timestamp {
    init(_ timestamp: PostgresTimestamp) { self.init(microseconds: timestamp.microsecondsSince1970) }
}

extension PostgresError {
    fileprivate static func unexpected(_ what: String) -> PostgresError {
        PostgresError(.unreadable, .unknown, "the append answered with \(what)")
    }

    fileprivate static func contradiction(_ row: String) -> PostgresError {
        PostgresError(.unreadable, .unknown, "\(row) contradicts itself")
    }
}
