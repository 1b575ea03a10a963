import Contract
import Domain
import EventLog
import Logging
import Metrics
import Notices
import PostgresNotices

/// Too many notices wait already.
struct TooManyLateNotices: Error, CustomStringConvertible {
    var description: String { "\(PostgresNotices.lateMax) notices wait to be tried again" }
}

/// Tells what is not told with the log's events: notices that were put aside, and what everybody with a ticket has to know.
struct LateNotices: Sendable {
    /// Seconds from a failure to the next try; the last for every later one.
    private static let pauses: [Int64] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400]
    /// After so many seconds a notice is given up.
    private static let secondsMax: Int64 = 3 * 86_400
    private static let pageLimit = 100
    /// Of one round, before notices that were put aside have their turn again.
    private static let pagesMax = 20
    private static let lookInterval = Duration.seconds(1)
    /// After a failure.
    private static let failurePause = Duration.seconds(10)

    let sources: MailSources
    let epochs: EpochHistory
    let maker: NoticeMaker
    let sender: NoticeSender
    let logger: Logger
    private let waiting = Gauge(label: "holdfast_mails_deferred")

    init(sources: MailSources, epochs: EpochHistory, maker: NoticeMaker, sender: NoticeSender, logger: Logger) {
        self.sources = sources
        self.epochs = epochs
        self.maker = maker
        self.sender = sender
        self.logger = logger
    }

    /// Works until it is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                let hasRetried = try await retry()
                let hasToldAll = try await advance()
                waiting.record(try await sources.store.lateCount())
                if hasRetried && hasToldAll { await pause(Self.lookInterval) }
            } catch {
                guard !Task.isCancelled else { break }
                logger.warning("notices that were put aside can't be told", metadata: ["error": "\(error)"])
                await pause(Self.failurePause)
            }
        }
        waiting.record(0)
    }

    /// Puts a notice aside that was not taken the first time.
    func putAside(_ notice: Notice, at place: LogPosition) async throws {
        let now = sources.now()
        let late = PostgresNotices.Late(
            place: place, kind: notice.kind.rawValue, user: notice.user, attempts: 1, firstAt: now)
        guard try await sources.store.putAside(late, until: now.adding(seconds: Self.pauses[0])) else {
            throw TooManyLateNotices()
        }
    }

    // MARK: Notices that were put aside

    /// Tries those again whose time has come. False: there may be more.
    private func retry() async throws -> Bool {
        let due = try await sources.store.due(at: sources.now(), limit: Self.pageLimit)
        guard !due.isEmpty else { return true }
        let readers = try await sources.store.readers(of: Array(Set(due.map(\.user))))
        for late in due where !Task.isCancelled {
            let made: Notice?
            do {
                made = try await notice(late)
            } catch let error as UnreadableEvent {
                // A newer version can make it; others need not wait for that.
                logger.warning(
                    "a notice can't be made", metadata: ["position": "\(late.place)", "error": "\(error)"])
                try await again(late)
                continue
            }
            guard let notice = made else {
                try await sources.store.settle(late)
                continue
            }
            switch try await sender.send(notice, at: late.place, to: readers[late.user]) {
            case .sent, .notWanted, .refused: try await sources.store.settle(late)
            case .deferred: try await again(late)
            }
        }
        return false
    }

    private func again(_ late: PostgresNotices.Late) async throws {
        var late = late
        let now = sources.now()
        guard now < late.firstAt.adding(seconds: Self.secondsMax) else {
            sender.giveUp(["notice": "\(late.kind)", "position": "\(late.place)", "attempts": "\(late.attempts)"])
            return try await sources.store.settle(late)
        }
        late.attempts += 1
        let pause = Self.pauses[min(late.attempts, Self.pauses.count) - 1]
        _ = try await sources.store.putAside(late, until: now.adding(seconds: pause))
    }

    private func notice(_ late: PostgresNotices.Late) async throws -> Notice? {
        guard let kind = NoticeKind(rawValue: late.kind), let recorded = try await event(at: late.place) else {
            return nil
        }
        return try await maker.notice(kind, to: late.user, of: recorded)
    }

    /// Nil: the log has lost it.
    private func event(at place: LogPosition) async throws -> RecordedEvent? {
        guard case .valid = epochs.judge(place) else { return nil }
        return try await sources.log.events(after: place.position - 1, limit: 1).first
    }

    // MARK: Everybody with a ticket

    /// Tells some more of those who have to know. False: there may be more.
    private func advance() async throws -> Bool {
        guard let round = try await sources.store.nextRound() else { return true }
        guard let recorded = try await event(at: round.place), let before = try await maker.before(recorded) else {
            try await sources.store.end(round.place)
            return false
        }
        var told = round.told
        // What it takes to know the show as it was is costly: it serves for several pages.
        for _ in 0..<Self.pagesMax where !Task.isCancelled {
            guard let last = try await tell(of: before, at: round.place, after: told) else {
                try await sources.store.end(round.place)
                break
            }
            told = last
        }
        return false
    }

    /// Tells a page of those who have a ticket.
    ///
    /// - Returns: the last of them; nil: there are no more.
    private func tell(of before: ShowFacts, at place: LogPosition, after: UserID?) async throws -> UserID? {
        let page = try await sources.holders(before.showID, after, Self.pageLimit, place)
        guard let last = page.last?.user else { return nil }
        let users = page.filter(\.isLive).map(\.user)
        let readers = try await sources.store.readers(of: users)
        if !readers.isEmpty { try await sources.vouch(for: place.position, in: epochs) }
        var told: UserID?
        do {
            for user in users {
                try Task.checkCancellation()
                let notice = Notice.showChanged(to: user, before: before)
                if try await sender.send(notice, at: place, to: readers[user]) == .deferred {
                    try await putAside(notice, at: place)
                }
                told = user
            }
        } catch {
            // Also when the task is cancelled: who is told is not to be told again.
            if let told {
                try await Task { [sources] in try await sources.store.advance(place, told: told) }.value
            }
            throw error
        }
        try await sources.store.advance(place, told: last)
        return last
    }
}
