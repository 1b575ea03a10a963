import Configuration
import Foundation
import Identity
import OpenID

/// Whose tokens a node believes, and where it reads their keys.
struct IdentitySide {
    let authenticator: Authenticator
    let keys: IssuerKeys

    init(_ config: ConfigReader, _ shared: SharedParts, _ register: (any RoleRegister)?) throws {
        let seconds = Int64(try config.number(.tokenHours, in: 1...8_760)) * 3_600
        let name = config.text(.issuer)
        var issuers = [
            TokenIssuer(name: name, audiences: Set(config.list(.audiences)), lifetimeSecondsMax: seconds)
        ]
        var places: [KeySetPlace] = []
        switch (config.text(.jwks), name) {
        case (let text?, _): places = [try KeySetPlace(text)]
        case (nil, let name?): places = [try KeySetPlace(issuer: name)]
        case (nil, nil):
            throw SettingError("\(Setting.jwks.flag) or \(Setting.issuer.flag) is required: who issues the tokens?")
        }
        if let file = config.text(.otherIssuers) {
            for other in try OtherIssuer.read(file) {
                guard !issuers.contains(where: { $0.name == nil || $0.name == other.issuer }) else {
                    throw SettingError(
                        "\(file): issuers need names of their own, and the first one \(Setting.issuer.flag).")
                }
                places.append(try other.jwks.map { try KeySetPlace($0) } ?? KeySetPlace(issuer: other.issuer))
                issuers.append(
                    TokenIssuer(
                        name: other.issuer, audiences: Set(other.audiences), lifetimeSecondsMax: seconds,
                        grantsRoles: other.grantsRoles ?? false))
            }
        }
        authenticator = Authenticator(issuers: issuers, register: register)
        keys = try IssuerKeys(
            for: authenticator, at: places, deniedFile: config.text(.deniedTokens),
            keptFolder: try config.required(.data),
            logger: Subsystem.identity.logger)
    }
}

/// An issuer as `--jwt-other-issuers` names it.
private struct OtherIssuer: Decodable {
    var issuer: String
    /// At least one: a token that the issuer made for somebody else's service must not count here.
    var audiences: [String]
    /// A file or a URL; nil: as the issuer's metadata say.
    var jwks: String?
    /// Whether the issuer says who is staff; nil: it does not.
    var grantsRoles: Bool?

    static func read(_ file: String) throws -> [OtherIssuer] {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw SettingError("\(file) can't be read.")
        }
        let issuers: [OtherIssuer]
        do { issuers = try JSONDecoder().decode([OtherIssuer].self, from: bytes) } catch {
            throw SettingError("\(file) is not a list of issuers: \(error)")
        }
        guard issuers.allSatisfy({ !$0.audiences.isEmpty }) else {
            throw SettingError("\(file): every issuer needs at least one of the audiences.")
        }
        return issuers
    }
}
