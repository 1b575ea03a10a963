internal import Domain
public import EventLog
internal import Postgres

/// Checks that the tables which batches are found through say what the batches say: `command_index`, `stream_batches` and
/// `streams`. No hash covers them, and a command that is not found in them is recorded twice.
///
/// ``LogCheck`` comes first: what it found whole is what the tables are compared with. A log that goes on meanwhile is
/// checked up to ``head``. Holds a page of rows, and no table.
public struct LookUpCheck: Sendable {
    /// A row that is not what the batches say.
    public struct Fault: Error, Equatable, Sendable, CustomStringConvertible {
        /// The tables.
        public enum Table: String, Sendable {
            case commandIndex = "command_index"
            case streamBatches = "stream_batches"
            case streams
        }
        /// What is wrong about it.
        public enum Kind: Equatable, Sendable {
            case missing
            /// It is there, and says something else.
            case wrong
            /// No batch is a reason for it.
            case extra
        }
        public var table: Table
        public var kind: Kind
        /// What the row is of: a command's id, a stream with the first version of a batch, or a stream.
        public var row: String

        public init(_ table: Table, _ kind: Kind, _ row: String) {
            self.table = table
            self.kind = kind
            self.row = row
        }

        public var description: String {
            switch kind {
            case .missing: "\(table.rawValue) has no row for \(row)"
            case .wrong: "\(table.rawValue) has another row for \(row) than the batches say"
            case .extra: "\(table.rawValue) has a row for \(row), which is in no batch"
            }
        }
    }

    /// Rows in one read.
    private static let pageRows: Int64 = 10_000
    /// Reads of all of `command_index`, by the first byte of the id.
    private static let commandSlices: ClosedRange<UInt64> = 0...255

    /// Up to where the log is checked.
    public let head: HashedHead
    /// The rows of the two tables at that head.
    private let commandRows: Int64
    private let streamBatchRows: Int64
    private let log: PostgresEventLog

    /// Begins with the log as it is now.
    public init(of log: PostgresEventLog) async throws(LogError) {
        self.log = log
        (head, commandRows, streamBatchRows) = try await log.read(.countedHead) { rows throws(PostgresError) in
            (try HashedHead(rows), try rows.int64(0, 5), try rows.int64(0, 6))
        }
    }

    /// The first row that is missing, or wrong, for batches of the log; nil: they are all there.
    public func fault(in batches: [RecordedBatch]) async throws(LogError) -> Fault? {
        guard !batches.isEmpty else { return nil }
        if let fault = try await commandFault(in: batches) { return fault }
        return try await streamBatchFault(in: batches)
    }

    private func commandFault(in batches: [RecordedBatch]) async throws(LogError) -> Fault? {
        let places = batches.map { (place: $0.place, ids: $0.commandIDs) }
        var parameters = PostgresParameters()
        parameters.append(array: .uuid) { array in
            for (_, ids) in places { for id in ids { array.append(PostgresUUID(id)) } }
        }
        parameters.append(array: .int8) { array in
            for (place, ids) in places { for _ in ids { array.append(place.lastPosition) } }
        }
        parameters.append(array: .int8) { array in
            for (place, ids) in places { for _ in ids { array.append(place.number) } }
        }
        return try await log.read(.misplacedCommand, parameters) { rows throws(PostgresError) in
            guard rows.rowCount > 0 else { return nil }
            return Fault(
                .commandIndex, try rows.bool(0, 1) ? .missing : .wrong, Self.row(CommandID(try rows.uuid(0, 0))))
        }
    }

    private func streamBatchFault(in batches: [RecordedBatch]) async throws(LogError) -> Fault? {
        let parts = batches.flatMap { $0.partHeaders.filter { $0.eventCount > 0 } }
        guard !parts.isEmpty else { return nil }
        var parameters = PostgresParameters()
        parameters.append(array: .text) { array in for part in parts { array.append(part.stream.rawValue) } }
        parameters.append(array: .int8) { array in for part in parts { array.append(part.version + 1) } }
        parameters.append(array: .int8) { array in for part in parts { array.append(part.firstPosition) } }
        parameters.append(array: .int4) { array in for part in parts { array.append(Int32(clamping: part.eventCount)) }
        }
        return try await log.read(.misplacedStreamBatch, parameters) { rows throws(PostgresError) in
            guard rows.rowCount > 0 else { return nil }
            return Fault(
                .streamBatches, try rows.bool(0, 2) ? .missing : .wrong,
                Self.row(try rows.text(0, 0), version: try rows.int64(0, 1)))
        }
    }

    /// After the last batch: the first stream that is missing or wrong, or row of any table that is there for no reason; nil:
    /// the tables are what the batches say.
    ///
    /// - Parameter check: has checked every batch up to ``head``.
    public func fault(after check: LogCheck) async throws(LogError) -> Fault? {
        if let fault = try await streamFault(check.streams) { return fault }
        // Every row that must be there is there: where the count is another, there are others.
        if streamBatchRows != check.streamBatchCount {
            return try await extraStreamBatch(check.streams) ?? Fault(.streamBatches, .extra, Self.gone)
        }
        if commandRows != check.commandCount {
            return try await extraCommand() ?? Fault(.commandIndex, .extra, Self.gone)
        }
        return nil
    }

    private func streamFault(_ ends: [StreamID: LogCheck.StreamEnd]) async throws(LogError) -> Fault? {
        var unseen = ends
        var last = ""
        while true {
            let page = try await log.read(.streams, PostgresParameters(last, Self.pageRows)) {
                rows throws(PostgresError) in
                try (0..<rows.rowCount).map { row throws(PostgresError) in
                    (
                        stream: try rows.text(row, 0),
                        end: LogCheck.StreamEnd(version: try rows.int64(row, 1), lastPosition: try rows.int64(row, 2)),
                        logEnd: try rows.int64(row, 3)
                    )
                }
            }
            for (stream, end, logEnd) in page {
                let known = unseen.removeValue(forKey: StreamID(stream))
                // The stream went on since.
                let wentOn = end.lastPosition > head.position && end.version > known?.version ?? 0
                if wentOn, end.lastPosition <= logEnd { continue }
                guard let known else { return Fault(.streams, .extra, stream) }
                guard end == known else { return Fault(.streams, .wrong, stream) }
            }
            guard let next = page.last?.stream else { break }
            last = next
        }
        return unseen.keys.min().map { Fault(.streams, .missing, $0.rawValue) }
    }

    /// The rows of a stream follow each other: the first that does not, or that is of no event of the stream.
    private func extraStreamBatch(_ ends: [StreamID: LogCheck.StreamEnd]) async throws(LogError) -> Fault? {
        var place: (stream: String, version: Int64) = ("", 0)
        var due: Int64 = 1
        while true {
            let parameters = PostgresParameters(place.stream, place.version, Self.pageRows)
            let page = try await log.read(.streamBatches, parameters) { rows throws(PostgresError) in
                try (0..<rows.rowCount).map { row throws(PostgresError) in
                    (
                        stream: try rows.text(row, 0), version: try rows.int64(row, 1),
                        position: try rows.int64(row, 2), count: Int64(try rows.int32(row, 3))
                    )
                }
            }
            for (stream, version, position, count) in page {
                if stream != place.stream { due = 1 }
                let isKnown = version <= ends[StreamID(stream)]?.version ?? 0
                guard version == due, isKnown || position > head.position else {
                    return Fault(.streamBatches, .extra, Self.row(stream, version: version))
                }
                place = (stream, version)
                due = version + count
            }
            if page.isEmpty { return nil }
        }
    }

    private func extraCommand() async throws(LogError) -> Fault? {
        for slice in Self.commandSlices {
            let first = PostgresUUID(high: slice << 56, low: 0)
            let last = PostgresUUID(high: slice << 56 | (1 << 56 - 1), low: .max)
            let fault = try await log.read(.strangeCommand, PostgresParameters(first, last)) {
                rows throws(PostgresError) -> Fault? in
                guard rows.rowCount > 0 else { return nil }
                return Fault(.commandIndex, .extra, Self.row(CommandID(try rows.uuid(0, 0))))
            }
            if let fault { return fault }
        }
        return nil
    }

    /// Somebody changes the table just now.
    private static let gone = "something that is gone by now"

    private static func row(_ command: CommandID) -> String { "command \(command)" }

    private static func row(_ stream: String, version: Int64) -> String { "\(stream) from version \(version) on" }
}
