import Domain
import Text

/// Something that whoever guards the service wants to know of: who did it, from where, and what came of it. No token, no
/// secret and nothing about a person beyond their id may be in one.
public struct AuditEntry: Sendable, Equatable {
    public enum Event: String, Sendable {
        /// A token that proves nothing (401).
        case tokenRefused = "token-refused"
        /// No token where one is needed (401).
        case tokenMissing = "token-missing"
        /// A call that the caller may not make (403).
        case forbidden
        /// A webhook that the payment provider did not sign.
        case webhookForged = "webhook-forged"
        case loginRefused = "login-refused"
        /// Somebody logged in.
        case login
        /// Somebody changed what proves who they are: a password, a second factor, the account itself.
        case credentialsChanged = "credentials-changed"
        /// Somebody with a role beyond a user's changed something, or tried to.
        case staffAction = "staff-action"
        /// A fan-out message that said what is not in the log: somebody who is no command node publishes.
        case fanoutFalse = "fanout-false"
    }

    public var event: Event
    /// The caller's id; nil: unknown.
    public var caller: String?
    public var role: String?
    /// The caller's IP address.
    public var address: String?
    /// Nil: it was no request.
    public var method: String?
    /// The path as the router writes it, such as `/api/v1/shows/{id}`; nil: it has none.
    public var route: String?
    public var commandID: String?
    /// Of the answer; nil: it was no request.
    public var status: Int?
    /// Why the call was refused: a problem's code, and what is wrong with a token.
    public var reason: String?

    public init(
        _ event: Event, caller: String? = nil, role: String? = nil, address: String? = nil,
        method: String? = nil, route: String? = nil, commandID: String? = nil, status: Int? = nil, reason: String? = nil
    ) {
        self.event = event
        self.caller = caller
        self.role = role
        self.address = address
        self.method = method
        self.route = route
        self.commandID = commandID
        self.status = status
        self.reason = reason
    }

    /// One line of JSON, with its line feed.
    ///
    /// - Parameter dropped: entries before this one that nobody wrote down.
    func line(at time: Timestamp, dropped: Int) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.member("time", time)
            json.member("event", event.rawValue)
            if let caller { json.member("caller", caller) }
            if let role { json.member("role", role) }
            if let address { json.member("address", address) }
            if let method { json.member("method", method) }
            if let route { json.member("route", route) }
            if let commandID { json.member("commandId", commandID) }
            if let status { json.member("status", status) }
            if let reason { json.member("reason", reason) }
            if dropped > 0 { json.member("dropped", dropped) }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
