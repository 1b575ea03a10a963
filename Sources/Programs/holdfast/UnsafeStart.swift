import Configuration
import Foundation
import Identity
import KafkaSink
import RabbitMQSink

/// A way to start a node that gives away more than its operator may know. Each is refused, unless ``Setting/allowUnsafe``
/// names it.
enum UnsafeStart: String, CaseIterable {
    /// Requests, with their tokens, cross a network in clear text.
    case http
    /// Calls to the payment provider do, with its secret key.
    case payments
    /// The log's events do, to a message broker, and perhaps a password with them; or anybody may say that they are the broker.
    case brokers
    /// The trace collector's key does.
    case traces
    /// Others on the machine may read a private key or a secret.
    case keyFiles = "key-files"

    /// - Throws: ``SettingError`` for the first that is not allowed.
    static func refuse(_ config: ConfigReader) throws {
        let allowed = try allowed(config)
        let listeners = [Setting.httpHost] + (config.text(.operationsPort) == nil ? [] : [.operationsHost])
        for setting in listeners where !allowed.contains(.http) && config.text(.tlsCertificate) == nil {
            let host = try config.required(setting)
            guard !isLoopback(host) else { continue }
            throw http.refusal(
                "\(setting.flag) \(host) takes requests and their tokens in clear text from other machines. Set "
                    + "\(Setting.tlsCertificate.flag), or listen on 127.0.0.1 behind a proxy on this machine.")
        }
        if !allowed.contains(.payments), let host = plaintextHost(config.text(.paymentsURL)) {
            throw payments.refusal(
                "\(Setting.paymentsURL.flag) sends the provider's secret key to \(host) in clear text. Use https://.")
        }
        if !allowed.contains(.brokers) {
            if let kafka = try config.kafka(), kafka.properties.isOpenToOthers,
                let host = kafka.hosts.first(where: { !isLoopback($0) })
            {
                throw brokers.refusal(
                    "\(Setting.kafkaServers.flag) has the log's events cross a network to \(host) where others can read them. "
                        + "Set security.protocol=SSL or SASL_SSL in the file of \(Setting.kafkaProperties.flag), and leave the "
                        + "checking of certificates and host names on.")
            }
            for server in try config.rabbitMQ()?.servers ?? [] where !server.hasTLS && !isLoopback(server.host) {
                throw brokers.refusal(
                    "\(Setting.rabbitMQURLs.flag) has the log's events and the user's password cross a network to "
                        + "\(server.host) in clear text. Use amqps://.")
            }
        }
        if !allowed.contains(.traces), config.text(.tracesHeaders) != nil,
            let host = plaintextHost(config.text(.tracesURL))
        {
            throw traces.refusal(
                "\(Setting.tracesURL.flag) sends the collector's headers to \(host) in clear text. Use https://.")
        }
        guard !allowed.contains(.keyFiles) else { return }
        for path in try secretFiles(config) where isOpenToOthers(path) {
            throw keyFiles.refusal("\(path) may be read by others than its owner. Make it so with chmod 600.")
        }
    }

    private static func allowed(_ config: ConfigReader) throws -> Set<UnsafeStart> {
        let names = allCases.map(\.rawValue).joined(separator: ", ")
        return Set(
            try config.list(.allowUnsafe).map { name in
                guard let start = UnsafeStart(rawValue: name) else {
                    throw SettingError("\(Setting.allowUnsafe.flag): “\(name)” is none of \(names).")
                }
                return start
            })
    }

    private func refusal(_ reason: String) -> SettingError {
        SettingError("\(reason) \(Setting.allowUnsafe.flag) \(rawValue) starts the node all the same.")
    }

    /// The files whose readers could act as somebody else.
    private static func secretFiles(_ config: ConfigReader) throws -> [String] {
        let named = [
            .tlsKey, .curveKey, .paymentsKey, .paymentsWebhookSecret, .logHeadKey, .openIDSecret, .kafkaProperties,
            .rabbitMQPassword, .mailSMTPPassword, .tracesHeaders,
        ].compactMap { (setting: Setting) in config.text(setting) }
        // Of former keys the public halves are enough.
        let others = config.list(.ticketOtherKeys).filter { path in
            FileManager.default.contents(atPath: path).map { $0.firstRange(of: Data("PRIVATE KEY".utf8)) != nil }
                ?? false
        }
        return named + others + [try config.ticketKeyFile()]
    }

    /// The other machine that a URL has requests cross a network to in clear text; nil: it does not.
    private static func plaintextHost(_ url: String?) -> String? {
        guard let url = url.flatMap({ URLComponents(string: $0) }), url.scheme == "http", let host = url.host else {
            return nil
        }
        return isLoopback(host) ? nil : host
    }

    /// False for a file that is not there: whoever reads it says so.
    private static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
