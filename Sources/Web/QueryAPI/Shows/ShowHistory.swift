import Availability
import Contract
public import Domain
public import EventLog
import HTTPServer
import Projection
import Synchronization
import WebAPI

/// Shows as they were: folds one show's stream again, up to a place in the log or a time.
///
/// A long stream costs time and memory, so few are folded at once, and none for longer than a while.
public final class ShowHistory: Sendable {
    public struct Limits: Sendable {
        /// Folded at the same time; one more is refused.
        public var foldsMax = 2
        /// Of one show's stream.
        public var eventsMax = 500_000
        public var duration: Duration = .seconds(10)
        /// Read from the log at a time.
        public var pageEvents = 1_000

        public init() {}
    }

    /// Up to where.
    enum Moment: Equatable {
        case token(LogPosition)
        case time(Timestamp)

        /// Nil for what is neither a token nor an RFC 3339 time.
        init?(_ text: String) {
            if let token = LogPosition(text) {
                self = .token(token)
            } else if let time = Timestamp(rfc3339: text.replacing(" ", with: "+")) {
                self = .time(time)
            } else {
                return nil
            }
        }
    }

    /// A show as it was.
    struct Past {
        var show: ShowAvailability
        /// The place in the log, or that of the show's last event until the time.
        var place: LogPosition
        /// The time, or when the log came to the place.
        var time: Timestamp
    }

    private let log: any EventReader
    private let limits: Limits
    private let now: @Sendable () -> Timestamp
    private let folding = Mutex(0)

    public init(log: any EventReader, limits: Limits = Limits(), now: @escaping @Sendable () -> Timestamp) {
        self.log = log
        self.limits = limits
        self.now = now
    }

    /// The show as it was. Throws `overloaded` while others are folded, `history-too-long`, and what is wrong with the moment:
    /// `sequence-ahead-of-log`, `sequence-lost`, `invalid-request` (a time to come), `show-not-found` (not yet, or never).
    func show(_ id: ShowID, at moment: Moment) async throws -> Past {
        let isAdmitted = folding.withLock { count in
            guard count < limits.foldsMax else { return false }
            count += 1
            return true
        }
        guard isAdmitted else {
            throw Problem(.overloaded, detail: "Other shows' pasts are being read.", retryAfterSeconds: 1)
        }
        defer { folding.withLock { $0 -= 1 } }
        let head = try await log.head()
        switch moment {
        case .token(let token):
            try await check(token, head)
            guard token.position > 0, let last = try await log.events(after: token.position - 1, limit: 1).first else {
                throw Problem(.showNotFound, detail: "At \(token) nothing was there yet.")
            }
            let show = try await fold(id) { $0.position <= token.position }
            return Past(
                show: show, place: LogPosition(epoch: head.epoch, position: token.position), time: last.recordedAt)
        case .time(let time):
            guard time <= now() else { throw Problem(.invalidRequest, detail: "as-of must not be in the future.") }
            let show = try await fold(id) { $0.recordedAt <= time }
            return Past(show: show, place: LogPosition(epoch: head.epoch, position: show.version), time: time)
        }
    }

    /// That the log has, or had in an earlier epoch and still has, what `token` stands for.
    private func check(_ token: LogPosition, _ head: LogPosition) async throws {
        if token.epoch != head.epoch {
            switch try await log.epochs().judge(token) {
            case .valid: break
            case .lost: throw Problem(.sequenceLost, detail: "\(token) was in a part of the log that was lost.")
            case .unknownEpoch: throw Problem(.sequenceAheadOfLog, detail: "The log has no \(token).")
            }
        }
        guard token.position <= head.position else {
            throw Problem(.sequenceAheadOfLog, detail: "The log has no \(token).")
        }
    }

    private func fold(_ id: ShowID, while isWanted: (RecordedEvent) -> Bool) async throws -> ShowAvailability {
        let stream = StreamID(id)
        let deadline = ContinuousClock.now + limits.duration
        var view = Availability()
        var version: Int64 = 0
        pages: while true {
            let page = try await log.events(of: stream, after: version, limit: limits.pageEvents)
            for recorded in page {
                guard isWanted(recorded) else { break pages }
                guard recorded.streamVersion <= limits.eventsMax else { throw Problem(.historyTooLong) }
                do {
                    try view.apply(
                        recorded.event.decoded(),
                        in: EventContext(position: recorded.position, show: id, recordedAt: recorded.recordedAt))
                } catch {
                    throw Problem(
                        .showUnavailable, detail: "The show's event \(recorded.position) can't be read by this version."
                    )
                }
                version = recorded.streamVersion
            }
            guard !page.isEmpty else { break }
            guard ContinuousClock.now < deadline else { throw Problem(.historyTooLong) }
        }
        guard let show = view.shows[id] else {
            throw Problem(.showNotFound, detail: "There was no such show then.")
        }
        return show
    }
}
