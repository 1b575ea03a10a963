public import Accounts
public import Domain
import Text

/// A mail to one reader (RFC 5322): plain text, and the same as HTML with images where there is any.
///
/// Names, subjects and texts may be anything that anybody typed: nothing of it makes a line of the head.
public struct MailMessage: Sendable {
    /// A PNG image, shown where the HTML says `<img src="cid:ID">`.
    public struct Image: Equatable, Sendable {
        /// Of letters, digits, dots, hyphens and one at sign.
        public var id: String
        /// Of letters, digits, dots and hyphens.
        public var fileName: String
        public var bytes: [UInt8]

        public init(id: String, fileName: String, bytes: [UInt8]) {
            self.id = id
            self.fileName = fileName
            self.bytes = bytes
        }
    }

    public var from: EmailAddress
    /// How readers see the sender; empty: by its address.
    public var senderName: String
    public var replyTo: EmailAddress?
    public var to: EmailAddress
    public var subject: String
    /// What stands before the at sign of `Message-ID`: letters, digits, dots and hyphens. The same for a mail that is sent again.
    public var id: String
    public var date: Timestamp
    public var text: String
    public var html: String?
    public var images: [Image]
    /// An `https://` URL that takes a `POST` from whoever wants no more of such mail (RFC 8058).
    public var unsubscribeURL: String?

    public init(
        from: EmailAddress, senderName: String = "", replyTo: EmailAddress? = nil, to: EmailAddress, subject: String,
        id: String, date: Timestamp, text: String, html: String? = nil, images: [Image] = [],
        unsubscribeURL: String? = nil
    ) {
        self.from = from
        self.senderName = senderName
        self.replyTo = replyTo
        self.to = to
        self.subject = subject
        self.id = id
        self.date = date
        self.text = text
        self.html = html
        self.images = images
        self.unsubscribeURL = unsubscribeURL
    }

    /// The message as it is sent, with lines that end in CRLF.
    public var encoded: [UInt8] {
        let domain = from.text.split(separator: "@").last ?? "localhost"
        var lines = ["Date: \(Self.date(date))"]
        lines.append(MailHeader.address("From", from.text, name: senderName))
        lines.append("To: \(to.text)")
        if let replyTo { lines.append("Reply-To: \(replyTo.text)") }
        lines.append(MailHeader.text("Subject", subject))
        lines.append("Message-ID: <\(id)@\(domain)>")
        if let unsubscribeURL {
            lines.append("List-Unsubscribe: <\(unsubscribeURL)>")
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        }
        // Holiday notices and the like should not come back (RFC 3834).
        lines += ["Auto-Submitted: auto-generated", "MIME-Version: 1.0"]
        var body = MailPart(text, type: "text/plain")
        if let html {
            var rich = MailPart(html, type: "text/html")
            if !images.isEmpty { rich = MailPart("related", [rich] + images.map(MailPart.init)) }
            body = MailPart("alternative", [body, rich])
        }
        return Array((lines + body.head + [""]).joined(separator: "\r\n").utf8) + [0x0D, 0x0A] + body.content
    }

    /// For example `Fri, 27 Nov 2026 02:41:14 +0000`.
    public static func date(_ time: Timestamp) -> String {
        // `2026-11-27T02:41:14.000Z`
        let text = RFC3339.text(time.microseconds)
        let parts = text.prefix(19).split { "-T".contains($0) }
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 4, let month = Int(parts[1]), (1...12).contains(month) else { return text }
        let day = Int((Double(time.microseconds) / 86_400_000_000).rounded(.down))
        // The first of January 1970 was a Thursday.
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((day % 7) + 7) % 7]
        return "\(weekday), \(parts[2]) \(names[month - 1]) \(parts[0]) \(parts[3]) +0000"
    }
}
