public import Accounts
public import Domain
public import EventLog
public import PostgresNotices

/// What notices are made of, and how they leave.
public struct MailSettings: Sendable {
    /// What mail comes from.
    public var from: EmailAddress
    /// How readers see the sender of an instance's own shows.
    public var senderName: String
    /// Where answers go about the shows of an organisation.
    public var replyTo: [OrganisationID: EmailAddress]
    /// The shop's pages, without a slash at the end.
    public var shopURL: String
    /// Of those who said none; one of the templates'.
    public var language: String

    public init(
        from: EmailAddress, senderName: String, replyTo: [OrganisationID: EmailAddress], shopURL: String,
        language: String
    ) {
        self.from = from
        self.senderName = senderName
        self.replyTo = replyTo
        self.shopURL = shopURL
        self.language = language
    }
}

/// What mail asks of the rest of the program.
public struct MailSources: Sendable {
    /// An order as it is at a place in the log, or later; nil: there is none.
    public typealias OrderReader = @Sendable (OrderID, LogPosition) async throws -> OrderRecord?
    /// Those with tickets of a show at a place in the log, or later: by id, after one of them, at most so many. False: none of
    /// the tickets is good any more.
    public typealias HolderReader =
        @Sendable (ShowID, UserID?, Int, LogPosition) async throws -> [(
            user: UserID, isLive: Bool
        )]
    /// The code of a ticket's generation.
    public typealias CodeMaker = @Sendable (ShowID, TicketID, Int) throws -> String

    public var log: any EventReader
    /// Vouches for what the log says before it is told.
    public var barrier: any LogBarrier
    public var store: PostgresNotices
    public var order: OrderReader
    public var holders: HolderReader
    public var code: CodeMaker
    /// What proves that somebody is who wants no more reminders.
    public var unsubscribeToken: @Sendable (UserID) -> String?
    public var now: @Sendable () -> Timestamp

    public init(
        log: any EventReader, barrier: any LogBarrier, store: PostgresNotices, order: @escaping OrderReader,
        holders: @escaping HolderReader, code: @escaping CodeMaker,
        unsubscribeToken: @escaping @Sendable (UserID) -> String?, now: @escaping @Sendable () -> Timestamp
    ) {
        self.log = log
        self.barrier = barrier
        self.store = store
        self.order = order
        self.holders = holders
        self.code = code
        self.unsubscribeToken = unsubscribeToken
        self.now = now
    }
}
