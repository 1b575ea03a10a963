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
