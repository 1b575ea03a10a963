public import Accounts

/// A whole message, and whom it goes to.
public struct OutgoingMail: Sendable {
    /// Whom a failure is reported to.
    public var from: EmailAddress
    public var to: EmailAddress
    /// RFC 5322, with lines that end in CRLF.
    public var message: [UInt8]
    /// Unique, of letters, digits, dots and hyphens, in the order of time.
    public var id: String

    public init(from: EmailAddress, to: EmailAddress, message: [UInt8], id: String) {
        self.from = from
        self.to = to
        self.message = message
        self.id = id
    }
}

/// A way for mail to leave the service.
public protocol MailTransport: Sendable {
    /// Hands over a mail. When this returns, it is somebody else's to deliver.
    func deliver(_ mail: OutgoingMail) async throws(UndeliveredMail)
}

/// A mail was not taken. What it says names nobody.
public struct UndeliveredMail: Error, Equatable, CustomStringConvertible {
    public enum Verdict: Sendable {
        /// This mail will never be taken.
        case refused
        /// This mail is not taken now; others may be.
        case deferred
        /// No mail is taken now.
        case unavailable
    }

    public var verdict: Verdict
    public var description: String

    public init(_ verdict: Verdict, _ description: String) {
        self.verdict = verdict
        self.description = description
    }
}
