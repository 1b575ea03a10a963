import Domain
import EventLog
import Logging
import MailDelivery
import MailMessages
import Metrics
import Notices
import PostgresNotices
import QRCode

/// Writes a notice in its reader's language, and hands it over.
struct NoticeSender: Sendable {
    /// What became of a notice.
    enum Outcome: Equatable {
        case sent
        /// Its reader has no account any more, or does without.
        case notWanted
        /// It will never be taken.
        case refused
        /// It is not taken now; others may be.
        case deferred
    }

    let settings: MailSettings
    let sources: MailSources
    let templates: NoticeTemplates
    let transport: any MailTransport
    let book: ShowBook
    let logger: Logger
    private let sent = Counter(label: "holdfast_mails_sent")
    private let failed = Counter(label: "holdfast_mails_failed")

    init(
        settings: MailSettings, sources: MailSources, templates: NoticeTemplates, transport: any MailTransport,
        book: ShowBook, logger: Logger
    ) {
        self.settings = settings
        self.sources = sources
        self.templates = templates
        self.transport = transport
        self.book = book
        self.logger = logger
    }

    /// - Parameters:
    ///   - place: of its event.
    ///   - reader: nil: there is no such account.
    /// - Throws: ``UndeliveredMail`` while no mail is taken at all, and errors of the log.
    func send(_ notice: Notice, at place: LogPosition, to reader: PostgresNotices.Reader?) async throws -> Outcome {
        guard let reader, !notice.kind.isReminder || reader.preferences.wantsReminders,
            let show = try await book.show(notice.show)
        else { return .notWanted }
        let now = sources.now()
        guard !notice.isOver(at: now) else { return .notWanted }
        let message = try await message(notice, show, at: place, to: reader, now: now)
        let mail = OutgoingMail(
            from: settings.from, to: reader.address, message: message.encoded,
            id: "\(OutgoingMail.idPrefix(at: now))-\(message.id)")
        do throws(UndeliveredMail) {
            try await transport.deliver(mail)
            sent.increment()
            return .sent
        } catch {
            let what: Logger.Metadata = [
                "notice": "\(notice.kind.rawValue)", "position": "\(place)", "reason": "\(error)",
            ]
            switch error.verdict {
            case .refused:
                giveUp(what)
                return .refused
            case .deferred:
                logger.info("a notice is not taken yet", metadata: what)
                return .deferred
            case .unavailable: throw error
            }
        }
    }

    /// Counts a notice that will never be taken.
    func giveUp(_ what: Logger.Metadata) {
        failed.increment()
        logger.warning("a notice is not taken by its reader's mail server", metadata: what)
    }

    private func message(
        _ notice: Notice, _ show: ShowFacts, at place: LogPosition, to reader: PostgresNotices.Reader, now: Timestamp
    ) async throws -> MailMessage {
        var name = settings.senderName
        if let organisation = show.organisationID, let its = try await book.name(of: organisation) { name = its }
        let wanted = reader.preferences.language ?? settings.language
        let language = templates.languages.contains(wanted) ? wanted : settings.language
        let token = notice.kind.isReminder ? sources.unsubscribeToken(notice.user) : nil
        let unsubscribe = token.map { "\(settings.shopURL)/api/v1/notices/unsubscribe?token=\($0)" }
        let context = NoticeContext(
            notice, show,
            NoticeContext.Frame(
                shopURL: settings.shopURL, senderName: name, language: language, unsubscribeURL: unsubscribe))
        let rendered = templates.render(notice.kind, in: language, context.values)
        let images = try context.codes.compactMap { code in
            try QRCode(sources.code(show.showID, code.ticketID, code.generation)).map {
                MailMessage.Image(id: code.imageID, fileName: code.fileName, bytes: $0.png())
            }
        }
        return MailMessage(
            from: settings.from, senderName: name, replyTo: show.organisationID.flatMap { settings.replyTo[$0] },
            to: reader.address, subject: rendered.subject, id: notice.id(at: place), date: now, text: rendered.text,
            html: rendered.html, images: images, unsubscribeURL: unsubscribe)
    }
}
