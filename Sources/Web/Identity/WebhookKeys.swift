import Accounts
import Crypto
public import Domain

/// What makes and keeps the secrets of webhooks: keys that every node has, from the PEM file that ``TicketCodes`` has.
public struct WebhookKeys: Sendable {
    private let box: SecretBox
    private let key: SymmetricKey

    public init(keyFile path: String) throws(KeyError) {
        let file = try SigningKey(pemFile: path)
        box = SecretBox(file.derivedKey(for: "holdfast webhook box"))
        key = file.derivedKey(for: "holdfast webhook secret")
    }

    /// The 32 bytes of the secret that a command makes: repeated, it makes the same.
    public func secret(madeBy command: CommandID) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: command.bytes, using: key))
    }

    /// Closes bytes for the database, where only nodes may read them.
    public func seal(_ bytes: [UInt8]) -> [UInt8] { box.seal(bytes) }

    /// Nil for anything but what this key sealed.
    public func open(_ sealed: [UInt8]) -> [UInt8]? { box.open(sealed) }
}
