import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// HTTP/1.1, where a connection may come at the moment at which the server stops.
///
/// NIO drops a connection that it accepts while it closes the listening socket, and then stops the whole process because
/// nobody has handled it (https://github.com/apple/swift-nio/issues/2813). Here it is closed instead.
struct PlainChannel: ServerChildChannel {
    let base: HTTP1Channel
    let limits: ServerLimits
    let edge: EdgeHeaders
    /// Nil: an address may have any number of connections.
    let quota: ConnectionQuota?

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
        if let quota, !quota.admit(channel) {
            let refused = RefusedConnection(quota.refusal, edge, lingerTimeout: limits.lingerTimeout)
            do {
                try channel.pipeline.syncOperations.addHandler(refused)
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }
        return base.setup(channel: channel, logger: logger).map { Connection(value: $0, base: base, logger: logger) }
    }

    func handle(value: Connection, logger: Logger) async {
        value.isHandled.store(true, ordering: .relaxed)
        await base.handle(value: value.value, logger: logger)
    }

    /// A connection that is handled once, or closed when it is dropped.
    final class Connection: ServerChildChannelValue {
        fileprivate let value: HTTP1Channel.Value
        fileprivate let isHandled = Atomic(false)
        private let base: HTTP1Channel
        private let logger: Logger

        fileprivate init(value: HTTP1Channel.Value, base: HTTP1Channel, logger: Logger) {
            self.value = value
            self.base = base
            self.logger = logger
        }

        var channel: any Channel { value.channel }

        deinit {
            guard !isHandled.load(ordering: .relaxed) else { return }
            value.channel.close(promise: nil)
            Task { [value, base, logger] in await base.handle(value: value, logger: logger) }
        }
    }
}
