public import Crypto

/// Seals what the database keeps and must not tell (ChaCha20-Poly1305), with a key that the nodes have in common.
public struct SecretBox: Sendable {
    private let key: SymmetricKey

    public init(_ key: SymmetricKey) { self.key = key }

    public func seal(_ bytes: [UInt8]) -> [UInt8] {
        do {
            return Array(try ChaChaPoly.seal(bytes, using: key).combined)
        } catch {
            preconditionFailure("ChaChaPoly seals anything: \(error)")
        }
    }

    /// Nil for anything but what this key sealed.
    public func open(_ sealed: [UInt8]) -> [UInt8]? {
        do {
            return Array(try ChaChaPoly.open(ChaChaPoly.SealedBox(combined: sealed), using: key))
        } catch {
            return nil
        }
    }
}
