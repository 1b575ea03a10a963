import Following
import Logging
import ServiceLifecycle

/// Says in the log when the node has started, when it is ready for requests, and when it begins to stop.
struct NodeLife: Service {
    var roles: [String]
    var status: @Sendable () -> Replica.Status
    var logger: Logger

    private static let lookInterval = Duration.milliseconds(200)

    func run() async {
        logger.notice(
            "node started", metadata: ["version": "\(BuildInfo.version)", "roles": "\(roles.joined(separator: ","))"])
        await cancelWhenGracefulShutdown {
            do {
                while !status().isReady { try await Task.sleep(for: Self.lookInterval) }
                let now = status()
                logger.notice("node ready", metadata: ["epoch": "\(now.epoch)", "head": "\(now.head)"])
            } catch {
                // Cancelled: it stops before it was ready.
            }
        }
        do {
            try await gracefulShutdown()
        } catch {
            // Cancelled: another service ended, and the node stops.
        }
        logger.notice("node stopping")
    }
}
