import Accounts
import Configuration
import Domain
import Foundation
import MailDelivery
import Mailing
import Notices

/// How mail leaves a node, and what notices say. Accounts and notices share it.
struct MailParts {
    /// What there is where mail is set up.
    struct Ready {
        var transport: any MailTransport
        var from: EmailAddress
        var templates: NoticeTemplates
        /// Nil: no notices are wanted, or there are no accounts that could want them.
        var notices: MailSettings?
    }

    private let made: Result<Ready?, any Error>

    init(_ config: ConfigReader) { made = Result { try Self.make(config) } }

    /// Nil: there are no accounts, and so nobody to mail to.
    ///
    /// - Throws: ``SettingError``, also for templates that can't be used.
    var ready: Ready? { get throws { try made.get() } }

    /// What the mail of notices is made of. Nil: there is none, or accounts refuse the start for what is wrong with it.
    var forNotices: (mail: Ready, settings: MailSettings)? {
        guard case .success(let mail?) = made, let settings = mail.notices else { return nil }
        return (mail, settings)
    }

    private static func make(_ config: ConfigReader) throws -> Ready? {
        guard let url = config.text(.accountsURL), try config.flag(.accountsOwn) else { return nil }
        guard let from = EmailAddress(try config.mailText(.mailFrom, .accountsMailFrom) ?? "") else {
            throw SettingError("\(Setting.mailFrom.flag) is required, and must be an e-mail address.")
        }
        let templates: NoticeTemplates
        do {
            templates = try NoticeTemplates(folder: config.text(.mailTemplates))
        } catch let error as NoticeTemplateError {
            throw SettingError("\(Setting.mailTemplates.flag): \(error)")
        }
        let language = try config.required(.mailLanguage)
        guard templates.languages.contains(language) else {
            throw SettingError(
                "\(Setting.mailLanguage.flag) must be one of \(templates.languages.joined(separator: ", ")).")
        }
        let host = URLComponents(string: url)?.host ?? url
        let settings = MailSettings(
            from: from, senderName: config.text(.mailName) ?? host, replyTo: try config.replyTo(), shopURL: url,
            language: language)
        return Ready(
            transport: try config.mailTransport(from: from), from: from, templates: templates,
            notices: try config.flag(.mailNotices) ? settings : nil)
    }
}

extension ConfigReader {
    /// A setting that has two names.
    fileprivate func mailText(_ setting: Setting, _ former: Setting) throws -> String? {
        guard let text = text(setting) else { return self.text(former) }
        guard self.text(former) == nil else {
            throw SettingError("\(setting.flag) and \(former.flag) are the same setting.")
        }
        return text
    }

    fileprivate func mailTransport(from sender: EmailAddress) throws -> any MailTransport {
        let program = try mailText(.mailProgram, .accountsMailProgram)
        let folder = try mailText(.mailFolder, .accountsMailFolder)
        switch (program, folder, text(.mailSMTP)) {
        case (let path?, nil, nil):
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw SettingError("\(path) can't be run.")
            }
            return Sendmail(path: path)
        case (nil, let path?, nil): return MailFolder(path: path)
        case (nil, nil, let url?): return MailServer(try mailServer(url, sender))
        default:
            throw SettingError(
                "Exactly one of \(Setting.mailSMTP.flag), \(Setting.mailProgram.flag) and \(Setting.mailFolder.flag) is "
                    + "required.")
        }
    }

    private func mailServer(_ text: String, _ sender: EmailAddress) throws -> MailServer.Configuration {
        guard let url = URLComponents(string: text), ["smtp", "smtps"].contains(url.scheme), let host = url.host,
            !host.isEmpty, url.user == nil, url.password == nil, ["", "/"].contains(url.path), url.query == nil,
            url.fragment == nil
        else { throw SettingError("\(Setting.mailSMTP.flag) must be smtp://host:port or smtps://host:port.") }
        let login: (user: String, password: String)?
        switch (self.text(.mailSMTPUser), self.text(.mailSMTPPassword)) {
        case (let user?, let path?): login = (user, try secret(in: path))
        case (nil, nil): login = nil
        default:
            throw SettingError("\(Setting.mailSMTPUser.flag) and \(Setting.mailSMTPPassword.flag) belong together.")
        }
        let authorities = try self.text(.mailSMTPAuthorities).map(readable)
        let domain = sender.text.split(separator: "@").last.map(String.init) ?? "localhost"
        return MailServer.Configuration(
            url: text.hasSuffix("/") ? String(text.dropLast()) : text, clientName: domain,
            requiresTLS: authorities != nil || !UnsafeStart.isLoopback(host), authorities: authorities, login: login)
    }

    fileprivate func replyTo() throws -> [OrganisationID: EmailAddress] {
        var addresses: [OrganisationID: EmailAddress] = [:]
        for entry in list(.mailReplyTo) {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let id = OrganisationID(checking: parts[0]), let address = EmailAddress(parts[1])
            else { throw SettingError("\(Setting.mailReplyTo.flag) must be organisations and addresses: ID=ADDRESS,…") }
            addresses[id] = address
        }
        return addresses
    }
}
