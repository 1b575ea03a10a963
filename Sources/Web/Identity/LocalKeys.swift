public import Domain
import Foundation
import Text

/// The key pair of an instance that is its own issuer of tokens, in `keys` in its data folder: `signing-key.pem`
/// (private, for its owner only) and `jwks.json` (public, for every node). Beside them the key that tickets are signed
/// with, `ticket-key.pem`, see ``TicketCodes``, and the one that the log's head is signed with, `log-key.pem`.
public struct LocalKeys: Sendable {
    private let key: SigningKey
    private let folder: String

    /// What its tokens have as `iss`.
    public static let issuer = "urn:holdfast:local"
    /// What its tokens have as `aud`.
    public static let audience = "holdfast"

    /// The key set file, for ``VerificationKeys/init(contentsOf:)``.
    public var jwksPath: String { folder + "/jwks.json" }
    private static let privateKeyName = "signing-key.pem"

    /// Reads the key pair in the data folder, and makes one where there is none. Of several processes that do so at once
    /// all end up with the same pair.
    ///
    /// - Throws: ``KeyError``
    public init(dataFolder: String) throws {
        folder = dataFolder + "/keys"
        let path = folder + "/" + Self.privateKeyName
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw KeyError("\(folder) can't be made: \(error)")
        }
        let (ticketKey, logKey) = (folder + "/" + TicketCodes.fileName, folder + "/log-key.pem")
        for path in [path, ticketKey, logKey] where !FileManager.default.fileExists(atPath: path) {
            try Self.write(Array(SigningKey().pem.utf8), to: path, mode: 0o600, keepingOld: true)
        }
        key = try SigningKey(pemFile: path)
        // It follows from the private key, so writing it again changes nothing, and a lost or torn one comes back.
        if FileManager.default.contents(atPath: jwksPath) != Data(jwks) {
            try Self.write(jwks, to: jwksPath, mode: 0o644, keepingOld: false)
        }
    }

    /// A token for `subject`.
    ///
    /// - Parameter lifetimeSeconds: from now, until it expires.
    public func sign(
        subject: UserID, role: Principal.Role = .user, organisation: OrganisationID? = nil, channels: [String] = [],
        door: DoorScope? = nil,
        lifetimeSeconds: Int64,
        now: Int64? = nil
    ) throws -> String {
        let now = now ?? Int64(Date().timeIntervalSince1970)
        var header = JSONWriter()
        header.object { json in
            json.member("alg", "EdDSA")
            json.member("typ", "JWT")
            json.member("kid", keyID)
        }
        var claims = JSONWriter()
        claims.object { json in
            json.member("iss", Self.issuer)
            json.member("aud", Self.audience)
            json.member("sub", subject.rawValue)
            json.member("role", role.rawValue)
            if let organisation { json.member("organisation", organisation.rawValue) }
            if !channels.isEmpty { json.array("channels", of: channels) }
            if let door {
                json.array("shows", of: door.shows.sorted().map(\.rawValue))
                if let gate = door.gate { json.member("gate", gate) }
                if let areas = door.areas { json.array("areas", of: areas.sorted()) }
            }
            json.member("iat", now)
            json.member("exp", now + lifetimeSeconds)
        }
        return try key.sign(header: header.bytes, payload: claims.bytes)
    }

    /// The key's thumbprint (RFC 7638): one key, one id.
    var keyID: String { PublicJWK(key.publicKey).thumbprint }

    /// The public half as a JWK Set.
    public var jwks: [UInt8] { PublicJWK.set([(PublicJWK(key.publicKey), keyID)]) }

    /// Writes a file aside and puts it in its place whole.
    ///
    /// - Parameter keepingOld: a file that is there by then stays: `link` refuses where `rename` would replace.
    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t, keepingOld: Bool) throws {
        let aside = "\(path).\(getpid()).\(UInt64.random(in: .min ... .max))"
        let file = open(aside, O_WRONLY | O_CREAT | O_EXCL, mode)
        guard file >= 0 else { throw KeyError("\(aside) can't be written: \(errorText())") }
        defer { unlink(aside) }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: false)
        do {
            try handle.write(contentsOf: bytes)
            try handle.synchronize()
            try handle.close()
        } catch {
            throw KeyError("\(aside) can't be written: \(error)")
        }
        if keepingOld {
            guard link(aside, path) == 0 || errno == EEXIST else {
                throw KeyError("\(path) can't be written: \(errorText())")
            }
        } else {
            guard rename(aside, path) == 0 else { throw KeyError("\(path) can't be written: \(errorText())") }
        }
    }

    private static func errorText() -> String { String(cString: strerror(errno)) }
}
