public import Domain
public import EventLog
import Text

/// The name of an endpoint: `wh_` and 32 hexadecimal digits.
public struct WebhookID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    /// A name that this system made, or has on record.
    public init(_ rawValue: String) { self.rawValue = rawValue }

    /// Nil for what no endpoint can be called.
    public init?(checking text: String) {
        guard text.hasPrefix("wh_"), CommandID(String(text.dropFirst(3))) != nil else { return nil }
        rawValue = text
    }

    /// The endpoint that a command makes: repeated, it makes the same.
    public init(createdBy command: CommandID) { rawValue = "wh_\(command.bytes.hex)" }

    public var description: String { rawValue }
}

/// Where an organisation wants to be told what happens, and how far it has been.
public struct WebhookEndpoint: Sendable {
    public var id: WebhookID
    public var organisation: OrganisationID
    public var url: WebhookURL
    /// What it is for, in its owner's words.
    public var description: String
    /// Types of event as the log names them; empty: all.
    public var types: Set<String>
    /// The one that is given out; what is sent is signed with ``formerSecret`` as well while that is good. Nil: it is sealed with
    /// a key that this node has not, and nothing can be sent before its owner asks for another.
    public var secret: WebhookSecret?
    public var formerSecret: WebhookSecret?
    public var formerSecretUntil: Timestamp?
    /// Why nothing is sent; nil: it is.
    public var disabled: Disabled?
    public var progress: WebhookProgress
    public var createdAt: Timestamp
    /// Counts what its owner changed. Progress that was made on an earlier one does not count.
    public var revision: Int64

    public enum Disabled: String, Sendable {
        /// Its owner said so.
        case owner
        /// It answered 410.
        case gone
    }

    public init(
        id: WebhookID, organisation: OrganisationID, url: WebhookURL, description: String, types: Set<String>,
        secret: WebhookSecret?, progress: WebhookProgress, createdAt: Timestamp
    ) {
        self.id = id
        self.organisation = organisation
        self.url = url
        self.description = description
        self.types = types
        self.secret = secret
        self.progress = progress
        self.createdAt = createdAt
        // Of the clock, so that an endpoint that is deleted and made again is another.
        revision = createdAt.microseconds
    }

    /// The secrets that a message is signed with at a time, newest first.
    public func secrets(at time: Timestamp) -> [WebhookSecret] {
        guard let formerSecret, let until = formerSecretUntil, time < until else { return [secret].compactMap(\.self) }
        return [secret, formerSecret].compactMap(\.self)
    }
}

/// How far an endpoint has been told of the log.
public struct WebhookProgress: Equatable, Sendable {
    /// What comes after this was not looked at.
    public var seen: LogPosition
    /// The event that it took last, or where it began: what the next message says is `previous`.
    public var delivered: LogPosition
    /// Tries in a row that failed.
    public var failures: Int
    /// When it is tried next; nil: at once.
    public var nextTry: Timestamp?
    /// When it took an event last.
    public var deliveredAt: Timestamp?

    public init(
        seen: LogPosition, delivered: LogPosition, failures: Int = 0, nextTry: Timestamp? = nil,
        deliveredAt: Timestamp? = nil
    ) {
        self.seen = seen
        self.delivered = delivered
        self.failures = failures
        self.nextTry = nextTry
        self.deliveredAt = deliveredAt
    }

    /// Everything after a place is to be told, again where it was.
    public init(after place: LogPosition) { self.init(seen: place, delivered: place) }
}
