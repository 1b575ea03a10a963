import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOSSL

/// HTTP/1.1 and HTTP/2 over TLS, with a ``SecureConnectionGuard`` on each connection.
struct SecureChannel: ServerChildChannel {
    let base: HTTP2UpgradeChannel
    let limits: ServerLimits
    /// Nil: an address may have any number of connections.
    let quota: ConnectionQuota?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP2UpgradeChannel.Value> {
        let value = base.setup(channel: channel, logger: logger)
        if let quota, !quota.admit(channel) {
            // There is nothing to be said before a handshake. A set-up that fails would be the server's error.
            channel.eventLoop.execute { channel.close(promise: nil) }
        }
        do {
            let tls = try channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
            try channel.pipeline.syncOperations.addHandler(SecureConnectionGuard(limits: limits), position: .after(tls))
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
        return value
    }

    func handle(value: HTTP2UpgradeChannel.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
