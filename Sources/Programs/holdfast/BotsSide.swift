import Configuration
import Domain
import Foundation
import HTTPTypes
import Identity
import SiteVerify
import WebAPI

/// Callers that act like programs: what is done about them, and what organisers see of it.
struct BotsSide {
    /// Nil: nobody is scored.
    let guardian: BotGuard?
    private let verify: BotRoutes.Verifier?

    init(_ config: ConfigReader, _ shared: SharedParts, isSecure: Bool) throws {
        var settings = BotGuard.Settings()
        settings.isSecure = isSecure
        // Wrong settings are refused whether or not they count: somebody will turn them on one day.
        settings.baseBits = try config.number(.botsWorkBits, in: 8...24)
        if let name = config.text(.botsJA4Header) {
            guard let header = HTTPField.Name(name) else {
                throw SettingError("\(Setting.botsJA4Header.flag): “\(name)” is no name of a header.")
            }
            settings.ja4Header = header
        }
        if let url = config.text(.botsVerifyURL) {
            guard let parts = URL(string: url), let host = parts.host(), !host.isEmpty,
                parts.scheme == "https" || parts.scheme == "http" && ["127.0.0.1", "localhost", "[::1]"].contains(host)
            else {
                throw SettingError("\(Setting.botsVerifyURL.flag) must be https://, or http:// on the loopback.")
            }
            settings.siteKey = try config.required(.botsSiteKey)
            let verifier = SiteVerifier(
                url: url, secret: try config.secret(in: try config.required(.botsVerifySecret)), logger: shared.logger)
            verify = { response in
                switch await verifier.verify(response) {
                case .passed: .passed
                case .failed: .failed
                case .unavailable: .unavailable
                }
            }
        } else {
            verify = nil
        }
        switch config.text(.bots) {
        case "off":
            guardian = nil
            return
        case "watch": settings.acts = false
        case "on": break
        default: throw SettingError("\(Setting.bots.flag) must be off, watch or on.")
        }
        guard try config.flag(.rateLimits) else {
            throw SettingError("\(Setting.bots.flag) needs \(Setting.rateLimits.flag) on.")
        }
        guardian = BotGuard(settings, tokens: try ChallengeTokens(keyFile: config.ticketKeyFile()), wallClock: { .now })
    }

    func addRoutes(to routes: Routes) {
        BotRoutes(guardian, limits: routes.limits, verify: verify).add(to: routes.closed)
    }
}
