public import Domain
public import Text

extension JSONWriter {
    public mutating func value(_ time: Timestamp) { value(timeAt: time.microseconds) }

    public mutating func member(_ key: StaticString, _ value: Timestamp) {
        self.key(key)
        self.value(value)
    }

    public mutating func member<Kind>(_ key: StaticString, _ value: Identifier<Kind>) {
        self.key(key)
        self.value(value.rawValue)
    }
}

extension JSONWriter {
    /// What everybody who joins a waiting room has to answer.
    public mutating func members(_ challenge: WorkChallenge) {
        member("challengeBits", challenge.bits)
        member("challengeSalt", challenge.salt)
    }
}

extension JSONWriter {
    /// An API key, without the key.
    public mutating func write(_ key: APIKeyIssued, lastUsedAt: Timestamp? = nil, text: String? = nil) {
        object { json in
            json.member("keyId", key.keyID)
            json.member("name", key.name)
            if let text { json.member("key", text) }
            json.array("scopes") { json in for role in key.roles { json.value(role.scopeName) } }
            if let expiresAt = key.expiresAt { json.member("expiresAt", expiresAt) }
            json.member("issuedAt", key.at)
            if let lastUsedAt { json.member("lastUsedAt", lastUsedAt) }
        }
    }
}

extension Role {
    /// What an API key with this role is issued for.
    public var scopeName: String {
        switch self {
        case .user: "sell"
        case .scanner: "scan"
        case .organiser: "manage"
        case .support, .supervisor, .operator, .admin: rawValue
        }
    }
}
