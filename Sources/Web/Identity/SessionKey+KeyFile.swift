public import Accounts

extension SecretBox {
    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) {
        self.init(try SigningKey(pemFile: path).derivedKey(for: "holdfast second factor"))
    }
}

extension SessionKey {
    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) {
        self.init(try SigningKey(pemFile: path).derivedKey(for: "holdfast session"))
    }
}
