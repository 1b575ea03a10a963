import Accounts
import Contract
import Domain
import EventLog
import Feed
import Notices

/// Makes the notices of an event, with what it takes to know of its order and show.
struct NoticeMaker: Sendable {
    var sources: MailSources
    var book: ShowBook
    var epochs: EpochHistory

    /// What an event is told to people who have an account, and where everybody with a ticket has to be told.
    func notices(of recorded: RecordedEvent) async throws -> (notices: [Notice], isForHolders: Bool) {
        guard Notice.eventTypes.contains(recorded.event.type) else { return ([], false) }
        let event = try AggregateCatalogue.product.decode(recorded.event, of: recorded.stream)
        guard let show = Self.show(of: recorded.stream) else { return ([], false) }
        var order: OrderRecord?
        var isCancelled = false
        switch Notice.need(of: event) {
        case .notTold: return ([], false)
        case .holders: return ([], true)
        case .event: break
        case .order(let id): order = try await sources.order(id, place(of: recorded))
        case .show:
            // Most holds expire by themselves, and most are nobody's who has an account.
            guard case ShowEvent.hold(.expired(let hold)) = event, AccountID.isAccount(hold.userID) else {
                return ([], false)
            }
            isCancelled = try await book.show(show)?.cancelledAt != nil
        }
        let notices = Notice.made(by: event, of: show, order: order, isCancelled: isCancelled)
        return (notices.filter { AccountID.isAccount($0.user) }, false)
    }

    /// The notice of a kind that an event is told to somebody; nil: there is none any more.
    func notice(_ kind: NoticeKind, to user: UserID, of recorded: RecordedEvent) async throws -> Notice? {
        guard kind == .showChanged else {
            return try await notices(of: recorded).notices.first { $0.kind == kind && $0.user == user }
        }
        return try await before(recorded).map { Notice.showChanged(to: user, before: $0) }
    }

    /// The show before an event of its own changed it; nil: holders of tickets need not know of the difference.
    func before(_ recorded: RecordedEvent) async throws -> ShowFacts? {
        guard let show = ShowID(recorded.stream),
            case .changed = try ShowState.codec.decode(recorded.event),
            let before = try await book.show(show, before: recorded.streamVersion),
            let now = try await book.show(show), !now.isDraft, now.cancelledAt == nil,
            now.differsForHolders(from: before)
        else { return nil }
        return before
    }

    func place(of recorded: RecordedEvent) -> LogPosition {
        LogPosition(epoch: epochs.epoch(of: recorded.position), position: recorded.position)
    }

    private static func show(of stream: StreamID) -> ShowID? {
        ShowID(stream) ?? (stream.category == WaitingRoomState.category ? ShowID(checking: stream.id) : nil)
    }
}
