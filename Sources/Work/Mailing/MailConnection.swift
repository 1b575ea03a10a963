import Domain
import EventLog
import Feed
import Logging
import Notices
import PostgresNotices
import Sinks

/// The way of notices out, of one epoch of the log.
///
/// Beside what the log says, it tries those notices again that were put aside, and goes on with telling everybody who has a
/// ticket of a show.
final class MailConnection: SinkConnection {
    private let sources: MailSources
    private let epochs: EpochHistory
    private let book: ShowBook
    private let maker: NoticeMaker
    private let sender: NoticeSender
    private let late: LateNotices
    private let rest: Task<Void, Never>

    init(
        sources: MailSources, epochs: EpochHistory, book: ShowBook, maker: NoticeMaker, sender: NoticeSender,
        logger: Logger
    ) {
        self.sources = sources
        self.epochs = epochs
        self.book = book
        self.maker = maker
        self.sender = sender
        let late = LateNotices(sources: sources, epochs: epochs, maker: maker, sender: sender, logger: logger)
        self.late = late
        rest = Task { await late.run() }
    }

    func put(_ events: [RecordedEvent]) async throws {
        var notices: [(notice: Notice, place: LogPosition)] = []
        for recorded in events {
            try await book.note(recorded)
            let (made, isForHolders) = try await maker.notices(of: recorded)
            if isForHolders { try await sources.store.begin(maker.place(of: recorded)) }
            notices += made.map { ($0, maker.place(of: recorded)) }
        }
        guard !notices.isEmpty, let last = events.last else { return }
        let readers = try await sources.store.readers(of: Array(Set(notices.map(\.notice.user))))
        guard !readers.isEmpty else { return }
        try await sources.vouch(for: last.position, in: epochs)
        for (notice, place) in notices {
            guard try await sender.send(notice, at: place, to: readers[notice.user]) == .deferred else { continue }
            try await late.putAside(notice, at: place)
        }
    }

    func close() async {
        rest.cancel()
        await rest.value
        await sources.store.disconnect()
    }
}

extension MailSources {
    /// Returns once the log can't lose what it says up to a position: mail can't be taken back.
    ///
    /// - Throws: ``EpochOver``, and errors of the log.
    func vouch(for position: Int64, in epochs: EpochHistory) async throws {
        let head = try await barrier.barrier()
        guard head.epoch == epochs.current, head.position >= position else { throw EpochOver() }
    }
}
