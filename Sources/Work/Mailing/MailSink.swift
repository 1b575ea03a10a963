public import EventLog
public import Logging
public import MailDelivery
public import Notices
public import Sinks

/// Tells people by mail of what the log says about them.
///
/// A notice of an event goes at least once, and each time under the same `Message-ID`. What the mail server does not take for
/// one reader is put aside for that reader alone; while it takes nothing at all, the sink waits.
public struct MailSink: EventSink {
    public let name = "mail"
    /// Nobody wants mail of what happened before there was any.
    public let beginsAtHead = true

    private let settings: MailSettings
    private let sources: MailSources
    private let templates: NoticeTemplates
    private let transport: any MailTransport
    private let sent = SentNotices()
    private let logger: Logger

    public init(
        _ settings: MailSettings, _ sources: MailSources, templates: NoticeTemplates, transport: any MailTransport,
        logger: Logger
    ) {
        self.settings = settings
        self.sources = sources
        self.templates = templates
        self.transport = transport
        self.logger = logger
    }

    public func connect(after start: LogPosition, in epochs: EpochHistory) async throws -> any SinkConnection {
        let book = ShowBook(log: sources.log)
        let maker = NoticeMaker(sources: sources, book: book, epochs: epochs)
        let sender = NoticeSender(
            settings: settings, sources: sources, templates: templates, transport: transport, book: book,
            logger: logger)
        return MailConnection(
            sources: sources, epochs: epochs, book: book, maker: maker, sender: sender, sent: sent,
            logger: logger)
    }
}
