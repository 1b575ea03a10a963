public import Hummingbird
public import HummingbirdCore
import HummingbirdHTTP2
public import NIOCore
import NIOSSL

/// The certificate and key that a server proves its identity with.
public struct TLSIdentity: Sendable {
    /// PEM files.
    public var certificateChainPath: String
    public var privateKeyPath: String

    public init(certificateChainPath: String, privateKeyPath: String) {
        self.certificateChainPath = certificateChainPath
        self.privateKeyPath = privateKeyPath
    }
}

extension ServerLimits {
    /// The server that keeps these limits: HTTP/1.1, or with an identity HTTP/1.1 and HTTP/2 over TLS 1.2 or later.
    ///
    /// - Parameters:
    ///   - edge: the headers of what is refused before it reaches a route.
    ///   - quota: how many connections each address may have; nil: any number.
    ///   - handlers: makes further handlers of requests for each connection, or stream of HTTP/2. They stand behind the
    ///     limits and before the routes.
    /// - Throws: NIOSSL's error where certificate or key can't be read.
    public func server(
        tls identity: TLSIdentity? = nil, edge: EdgeHeaders = EdgeHeaders(), connections quota: ConnectionQuota? = nil,
        handlers: @escaping @Sendable () -> [any RemovableChannelHandler] = { [] }
    ) throws -> HTTPServerBuilder {
        let http1 = http1(edge, handlers)
        guard let identity else {
            return HTTPServerBuilder { responder in
                PlainChannel(
                    base: HTTP1Channel(responder: responder, configuration: http1), limits: self, edge: edge,
                    quota: quota)
            }
        }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(identity.certificateChainPath).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: identity.privateKeyPath, format: .pem)))
        tls.minimumTLSVersion = .tlsv12
        tls.cipherSuiteValues = Self.ciphers
        let configuration = HTTP2UpgradeChannel.Configuration(
            idleTimeout: idleTimeout, gracefulCloseTimeout: lingerTimeout, streamConfiguration: http1)
        return HTTPServerBuilder { [tls] responder in
            SecureChannel(
                base: try HTTP2UpgradeChannel(
                    tlsConfiguration: tls, configuration: configuration, responder: responder),
                limits: self, quota: quota)
        }
    }

    /// For TLS 1.2: forward secrecy and authenticated encryption alone (RFC 9325, section 4.2). TLS 1.3 has no others.
    static let ciphers: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    /// Where to listen, with the limits on connections.
    public func configuration(address: BindAddress) -> ApplicationConfiguration {
        ApplicationConfiguration(
            address: address, backlog: backlog,
            availableConnectionsDelegate: MaximumAvailableConnections(connectionsMax))
    }

    private func http1(
        _ edge: EdgeHeaders, _ handlers: @escaping @Sendable () -> [any RemovableChannelHandler]
    ) -> HTTP1Channel.Configuration {
        // No idle timeout of Hummingbird's: ConnectionGuard has it, with the other deadlines.
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(limits: self, edge: edge)] + handlers(),
            httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: headerBytesMax, maxHeaderListSize: headersBytesMax,
                maxHeaderFieldCount: headersCountMax))
    }
}
