import Crypto
public import Domain

/// The instance's own seeds of waiting rooms' draws. The instance commits itself to a seed when a room is set up, and
/// reveals it when the room's entrants are on record; every node can, since the seed is made of a key that they have in
/// common and of the show.
public struct RoomSecrets: Sendable {
    private let key: SymmetricKey

    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) { self.init(try SigningKey(pemFile: path)) }

    init(_ signingKey: SigningKey) { key = signingKey.derivedKey(for: "holdfast room draw") }

    /// 32 bytes. Whoever has them before the entrants are on record can foresee the draw.
    public func seed(of show: ShowID) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("room draw\(show.rawValue)".utf8), using: key))
    }

    /// SHA-256 of the seed: what is published before anybody joins.
    public func commitment(of show: ShowID) -> [UInt8] { Draw.sha256(seed(of: show)) }
}
