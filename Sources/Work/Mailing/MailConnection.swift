import Domain
import EventLog
import Feed
import Logging
import MailDelivery
import Notices
import PostgresNotices
import Sinks

/// The way of notices out, of one epoch of the log.
///
/// Beside what the log says, it tries those notices again that were put aside, and goes on with telling everybody who has a
/// ticket of a show.
final class MailConnection: SinkConnection {
    /// Tries of one mail that end with no mail being taken at all, before it is put aside.
    private static let failuresMax = 5

    private let sources: MailSources
    private let epochs: EpochHistory
    private let book: ShowBook
    private let maker: NoticeMaker
    private let sender: NoticeSender
    private let late: LateNotices
    private let sent: SentNotices
    private let rest: Task<Void, Never>

    init(
        sources: MailSources, epochs: EpochHistory, book: ShowBook, maker: NoticeMaker, sender: NoticeSender,
        sent: SentNotices, logger: Logger
    ) {
        self.sources = sources
        self.epochs = epochs
        self.book = book
        self.maker = maker
        self.sender = sender
        self.sent = sent
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
            // A node that is told to stop, or has lost its lease, sends no more.
            try Task.checkCancellation()
            let id = notice.id(at: place)
            guard !sent.contains(id) else { continue }
            if try await send(notice, id, at: place, to: readers[notice.user]) == .deferred {
                try await late.putAside(notice, at: place)
            }
            sent.add(id)
        }
        sent.forget(notices.map { $0.notice.id(at: $0.place) })
    }

    /// - Returns: ``NoticeSender/Outcome/deferred`` too for a mail that brings the server to take nothing, again and again: it
    ///   must not keep the others back.
    private func send(
        _ notice: Notice, _ id: String, at place: LogPosition, to reader: PostgresNotices.Reader?
    ) async throws -> NoticeSender.Outcome {
        do {
            return try await sender.send(notice, at: place, to: reader)
        } catch let error as UndeliveredMail {
            guard sent.failed(id) >= Self.failuresMax else { throw error }
            return .deferred
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
