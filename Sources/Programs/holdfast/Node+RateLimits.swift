import Configuration
import HTTPServer
import Identity
import RateLimits
import WebAPI

extension RequestLimits {
    /// Nil: requests are not limited.
    init?(
        _ config: ConfigReader, proxies: TrustedProxies, authenticator: Authenticator,
        sessions: CookieSessions?, bots: BotGuard?, edge: EdgeHeaders
    ) throws {
        // Wrong settings are refused whether or not they count: somebody will turn them on one day.
        let rules = try RateRules(config)
        guard try config.flag(.rateLimits) else { return nil }
        var streams = Streams()
        streams.perCallerMax = try config.number(.streamsPerCaller, in: 1...10_000)
        streams.perAddressMax = try config.number(.streamsPerAddress, in: 1...10_000)
        self.init(
            rules, services: Set(config.list(.rateServices)), proxies: proxies, streams: streams,
            authenticator: authenticator, sessions: sessions, bots: bots, edge: edge)
    }
}

extension ConnectionQuota {
    /// Nil: an address may have any number of connections.
    init?(_ config: ConfigReader, proxies: TrustedProxies) throws {
        let perAddressMax = try config.number(.connectionsPerAddress, in: 1...100_000)
        guard try config.flag(.rateLimits) else { return nil }
        self.init(perAddressMax: perAddressMax, proxies: proxies)
    }
}

extension RateRules {
    fileprivate init(_ config: ConfigReader) throws {
        do {
            try self.init(
                perMinute: config.list(.rateQuotas), multiples: config.list(.rateAddressMultiples),
                organisations: config.list(.rateOrganisations),
                nodes: config.number(.rateNodes, in: Self.nodesRange))
        } catch let fault as Fault {
            throw SettingError(
                "\(Setting.rateQuotas.flag), \(Setting.rateAddressMultiples.flag) or "
                    + "\(Setting.rateOrganisations.flag): \(fault)")
        }
    }
}

extension TrustedProxies {
    init(_ config: ConfigReader) throws {
        self.init(
            try config.list(.trustedProxies).map { text in
                guard let range = AddressRange(text) else {
                    throw SettingError("\(Setting.trustedProxies.flag): “\(text)” is no range of addresses.")
                }
                return range
            })
    }
}

extension ConfigReader {
    /// A setting that is `on` or `off`.
    func flag(_ setting: Setting) throws -> Bool {
        switch text(setting) {
        case "on": return true
        case "off": return false
        default: throw SettingError("\(setting.flag) must be on or off.")
        }
    }
}
