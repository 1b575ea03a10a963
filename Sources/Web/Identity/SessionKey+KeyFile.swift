public import Accounts

extension SecretBox {
    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) {
        self.init(try SigningKey(pemFile: path).derivedKey(for: "holdfast second factor"))
    }

    /// What seals the log-ins that are under way at an identity provider.
    ///
    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(loginKeyFile path: String) throws(KeyError) {
        self.init(try SigningKey(pemFile: path).derivedKey(for: "holdfast provider log-in"))
    }
}

extension SessionKey {
    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) {
        self.init(try SigningKey(pemFile: path).derivedKey(for: "holdfast session"))
    }
}

extension PasskeyVerifier {
    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(relyingParty: String, origins: some Sequence<String>, keyFile path: String) throws(KeyError) {
        self.init(
            relyingParty: relyingParty, origins: origins,
            key: try SigningKey(pemFile: path).derivedKey(for: "holdfast passkey challenge"))
    }
}

extension UnsubscribeKey {
    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) {
        self.init(try SigningKey(pemFile: path).derivedKey(for: "holdfast unsubscribe"))
    }
}
