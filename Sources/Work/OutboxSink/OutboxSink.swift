public import EventLog
public import Feed
public import Logging
public import PostgresSinks
public import Sinks

/// Puts the log's events into a table that change data capture reads, such as Debezium.
public struct OutboxSink: EventSink {
    public let name = "outbox"
    public let beginsAtHead = false

    private let outbox: PostgresOutbox
    private let days: Int
    private let owner: FeedReader.OwnerReader
    private let logger: Logger

    /// - Parameters:
    ///   - days: how long rows stay.
    ///   - owner: says whose a show is.
    public init(_ outbox: PostgresOutbox, days: Int, owner: @escaping FeedReader.OwnerReader, logger: Logger) {
        self.outbox = outbox
        self.days = days
        self.owner = owner
        self.logger = logger
    }

    /// A process may have kept its checkpoint on a server that had lost rows in a failover: the table has the last word.
    public func resume(from checkpoint: LogPosition) async throws -> LogPosition {
        guard let last = try await outbox.last(), last.position < checkpoint.position else { return checkpoint }
        return last
    }

    public func connect(after start: LogPosition, in epochs: EpochHistory) async throws -> any SinkConnection {
        OutboxConnection(
            outbox: outbox, days: days, epoch: epochs.current, logger: logger,
            reader: FeedReader(FeedSelection { _, _ in true }, after: start, in: epochs, owner: owner))
    }
}

private actor OutboxConnection: SinkConnection {
    /// Old rows are looked for so often.
    private static let emptyInterval = Duration.seconds(60)

    private let outbox: PostgresOutbox
    private let days: Int
    private let epoch: Int64
    private let logger: Logger
    private var reader: FeedReader
    /// Nil: at once.
    private var emptiedAt: ContinuousClock.Instant?

    init(outbox: PostgresOutbox, days: Int, epoch: Int64, logger: Logger, reader: FeedReader) {
        self.outbox = outbox
        self.days = days
        self.epoch = epoch
        self.logger = logger
        self.reader = reader
    }

    func put(_ events: [RecordedEvent]) async throws {
        var reader = reader
        let told = try await reader.take(events)
        if !told.isEmpty {
            guard try await outbox.add(told.map(PostgresOutbox.Row.init), epoch: epoch) else { throw EpochOver() }
        }
        self.reader = reader
        if let emptiedAt, emptiedAt.duration(to: .now) < Self.emptyInterval { return }
        do {
            // Where there is more, the next page's turn goes on.
            emptiedAt = try await outbox.deleteOlder(thanDays: days) ? nil : .now
        } catch {
            logger.warning("old rows of the outbox can't be deleted", metadata: ["error": "\(error)"])
            emptiedAt = .now
        }
    }

    func close() async { await outbox.disconnect() }
}

extension PostgresOutbox.Row {
    init(_ event: FeedEvent) {
        // `shows/7k3v9qd2m8xw4c1t`
        let subject = event.subject.split(separator: "/", maxSplits: 1)
        self.init(
            position: event.place.position, id: event.place.description, aggregateType: String(subject[0]),
            aggregateID: String(subject[1]), type: event.type, payload: String(decoding: event.json, as: UTF8.self))
    }
}
