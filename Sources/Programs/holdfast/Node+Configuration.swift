import Configuration
import Domain
import Fanout
import Foundation
import HTTPServer
import HTTPTypes
import Identity
import Payments
import RateLimits
import WebAPI

extension PublisherConfiguration {
    init(_ config: ConfigReader) throws {
        try config.refuseHalfCurve()
        var security = PublisherSecurity.local
        if let allowed = config.text(.curveAllowedClients) {
            let key = try config.required(.curveKey)
            security = .curve(
                server: try CurveKeyFile.keyPair(at: key), allowedClients: try CurveKeyFile.publicKeys(at: allowed))
        }
        self.init(endpoints: [try FanoutEndpoint(try config.required(.publishEndpoint))], security: security)
    }
}

extension SubscriberConfiguration {
    /// Nil: no endpoints are given.
    ///
    /// - Parameter own: this node's, whose batches reach it without a subscription.
    init?(_ config: ConfigReader, besides own: [FanoutEndpoint]) throws {
        let endpoints = try config.list(.subscribeEndpoints).map { try FanoutEndpoint($0) }.filter { !own.contains($0) }
        guard !endpoints.isEmpty else { return nil }
        try config.refuseHalfCurve()
        var security = SubscriberSecurity.local
        if let servers = config.text(.curveServers) {
            let key = try config.required(.curveKey)
            security = .curve(
                client: try CurveKeyFile.keyPair(at: key), servers: try CurveKeyFile.serverKeys(at: servers))
        }
        self.init(endpoints: endpoints, security: security)
    }
}

extension ConfigReader {
    /// A key alone would say that the fan-out is guarded, and guard nothing.
    fileprivate func refuseHalfCurve() throws {
        guard text(.curveKey) != nil, text(.curveAllowedClients) == nil, text(.curveServers) == nil else { return }
        throw SettingError(
            "\(Setting.curveKey.flag) needs \(Setting.curveAllowedClients.flag), \(Setting.curveServers.flag) or both.")
    }
}

extension TLSIdentity {
    /// Nil: no certificate is given.
    init?(_ config: ConfigReader) throws {
        guard let certificate = config.text(.tlsCertificate) else {
            if config.text(.tlsKey) != nil {
                throw SettingError("\(Setting.tlsKey.flag) needs \(Setting.tlsCertificate.flag).")
            }
            return nil
        }
        self.init(certificateChainPath: certificate, privateKeyPath: try config.required(.tlsKey))
        for path in [certificateChainPath, privateKeyPath] where !FileManager.default.isReadableFile(atPath: path) {
            throw SettingError("\(path) can't be read.")
        }
    }
}

extension AuditLog {
    convenience init(_ config: ConfigReader) throws {
        do {
            try self.init(
                config.text(.auditLog).map { .file($0) } ?? .standardError, proxies: TrustedProxies(config),
                now: { .now })
        } catch let error as AuditLog.FileError {
            throw SettingError("\(Setting.auditLog.flag): \(error)")
        }
    }
}

extension CORSPolicy {
    /// Nil: no origins are given.
    init?(_ config: ConfigReader) throws {
        let origins = config.list(.corsOrigins)
        guard !origins.isEmpty else { return nil }
        do { try self.init(origins: origins) } catch {
            throw SettingError("\(Setting.corsOrigins.flag): \(error)")
        }
    }
}

extension StripeConfiguration {
    init(_ config: ConfigReader) throws {
        self.init(
            baseURL: try config.paymentsURL(),
            secretKey: Secret(try config.secret(in: try config.required(.paymentsKey))),
            requestTimeout: .seconds(try config.number(.paymentsTimeoutSeconds, in: 1...60)))
    }
}

extension ConfigReader {
    /// Calls to an address that is none would fail one by one, each as if the provider were away.
    fileprivate func paymentsURL() throws -> String {
        let text = try required(.paymentsURL)
        guard let url = URLComponents(string: text), ["http", "https"].contains(url.scheme), url.host?.isEmpty == false,
            url.query == nil, url.fragment == nil, !text.hasSuffix("/")
        else {
            throw SettingError(
                "\(Setting.paymentsURL.flag) must be http:// or https:// and a host, without a slash at the end.")
        }
        return text
    }

    /// Where the key is that tickets are signed with. Every node needs the same, so none is made here.
    func ticketKeyFile() throws -> String {
        if let path = text(.ticketKey) { return path }
        guard let keySet = text(.jwks), !keySet.contains("://") else {
            throw SettingError("\(Setting.ticketKey.flag) is required where \(Setting.jwks.flag) names no file.")
        }
        let folder = URL(filePath: try readable(keySet)).deletingLastPathComponent()
        let path = folder.appending(path: TicketCodes.fileName).path
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw SettingError(
                "\(Setting.ticketKey.flag) is required: there is no \(path), as `holdfast keys` makes it.")
        }
        return path
    }

    /// The path of a file that is there to be read.
    func readable(_ path: String) throws -> String {
        guard FileManager.default.isReadableFile(atPath: path) else { throw SettingError("\(path) can't be read.") }
        return path
    }

    /// What a file says.
    func content(of path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch let error as CocoaError {
            throw SettingError("\(path) can't be read: \(error.localizedDescription)")
        }
    }

    /// The headers in a file, one a line as `Name: value`.
    func headers(in path: String) throws -> [(name: String, value: String)] {
        try content(of: path).split(whereSeparator: \.isNewline).map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, HTTPField.Name(parts[0]) != nil, HTTPField.isValidValue(parts[1]) else {
                throw SettingError("\(path) has a line that is no header, Name: value.")
            }
            return (parts[0], parts[1])
        }
    }

    /// The one line of a file that holds a secret: flags and environments are seen by too many.
    func secret(in path: String) throws -> String {
        let words = try content(of: path).split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let word = words.first else { throw SettingError("\(path) is not one word.") }
        return String(word)
    }
}

extension Timestamp {
    /// The wall clock.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }
}
