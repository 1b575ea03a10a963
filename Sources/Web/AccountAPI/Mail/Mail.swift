public import Accounts
import Domain
import MailDelivery
import MailMessages

/// A mail to one reader, in plain text.
public struct Mail: Sendable {
    public var to: EmailAddress
    /// One line of ASCII.
    public var subject: String
    /// Lines of ASCII, at most 998 characters each.
    public var text: String

    /// - Parameter id: unique, of letters and digits.
    func message(from sender: EmailAddress, id: String, at time: Timestamp) -> OutgoingMail {
        let message = MailMessage(from: sender, to: to, subject: subject, id: id, date: time, text: text)
        return OutgoingMail(from: sender, to: to, message: message.encoded, id: id)
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
