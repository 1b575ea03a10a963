public import Accounts
import Domain
import Text

/// A mail to one reader, in plain text.
public struct Mail: Sendable {
    public var to: EmailAddress
    /// One line of ASCII.
    public var subject: String
    /// Lines of ASCII, at most 998 characters each.
    public var text: String

    /// The message as it is sent (RFC 5322), with lines that end in CRLF.
    ///
    /// - Parameter id: unique, of letters and digits.
    func message(from sender: EmailAddress, id: String, at time: Timestamp) -> String {
        let domain = sender.text.split(separator: "@").last ?? "localhost"
        let lines = [
            "Date: \(Self.date(time))", "From: \(sender.text)", "To: \(to.text)", "Subject: \(subject)",
            "Message-ID: <\(id)@\(domain)>", "MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii",
            "Content-Transfer-Encoding: 7bit",
            // Holiday notices and the like should not come back (RFC 3834).
            "Auto-Submitted: auto-generated", "",
        ]
        return (lines + text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
            .joined(separator: "\r\n") + "\r\n"
    }

    /// For example `Fri, 27 Nov 2026 02:41:14 +0000`.
    static func date(_ time: Timestamp) -> String {
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

/// The mails that accounts cause.
public struct AccountMails: Sendable {
    /// The shop's pages, without a slash at the end: `https://shop.example`.
    private let url: String

    public init(url: String) { self.url = url }

    /// The host of the shop's pages, by which an authenticator app tells its accounts apart.
    var host: String { String(url.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" && $0 != ":" }) }

    func verification(_ address: EmailAddress, code: Secret256) -> Mail {
        Mail(
            to: address, subject: "Confirm your e-mail address",
            text: """
                Somebody, probably you, wants an account with this e-mail address at
                \(url)

                To confirm the address, open this page:
                \(url)/verify-email#code=\(code.text)

                or give the shop this code:
                \(code.text)

                The code is good for 24 hours, once. If you did not ask for an account,
                do nothing: without the code there will be none.
                """)
    }

    func exists(_ address: EmailAddress) -> Mail {
        Mail(
            to: address, subject: "You have an account already",
            text: """
                Somebody, probably you, wants an account with this e-mail address at
                \(url)

                The address has an account already, and nothing has changed. If you forgot
                its password, ask for a new one there.
                """)
    }

    func reset(_ address: EmailAddress, code: Secret256) -> Mail {
        Mail(
            to: address, subject: "Set a new password",
            text: """
                Somebody, probably you, wants to set a new password for your account at
                \(url)

                To set it, open this page:
                \(url)/reset-password#code=\(code.text)

                or give the shop this code:
                \(code.text)

                The code is good for one hour, once. If you did not ask for it, do nothing:
                your password stays as it is.
                """)
    }

    func newPasskey(_ address: EmailAddress) -> Mail {
        Mail(
            to: address, subject: "Your account has a new passkey",
            text: """
                Somebody, probably you, added a passkey to your account at
                \(url)

                Whoever has the device with the passkey can log in with it. If that was
                not you, log in, delete the passkey and set a new password.
                """)
    }

    func unknown(_ address: EmailAddress) -> Mail {
        Mail(
            to: address, subject: "There is no account with this address",
            text: """
                Somebody, probably you, wants to set a new password for an account with this
                e-mail address at
                \(url)

                No account has the address. If you have one, it has another address.
                """)
    }
}
