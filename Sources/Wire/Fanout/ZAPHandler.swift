internal import Logging
internal import Synchronization
internal import Threads

/// The thread that libzmq asks, within one context, whether a client may connect.
///
/// Where nobody answers at this address, libzmq lets every CURVE client in. So the handler is bound before the socket it
/// guards, closed after it, and when it fails its owner is told, to close the socket.
final class ZAPHandler: Sendable {
    static let address = "inproc://zeromq.zap.01"

    private let wakeUp: WakeUp
    private let stopping: Flag

    /// `onFailure` is called on the handler's thread when it ends by itself.
    init(
        _ authenticator: ZAPAuthenticator, in context: ZeroMQContext, logger: Logger,
        onFailure: @escaping @Sendable (ZeroMQError) -> Void
    ) throws(ZeroMQError) {
        let wakeUp = try WakeUp()
        let stopping = Flag()
        self.wakeUp = wakeUp
        self.stopping = stopping
        let socket = try ZeroMQSocket(.reply, in: context)
        try socket.setOptions(SocketOptions(messageBytesMax: -1))
        try socket.bind(Self.address)
        _ = DedicatedThread(named: "zap-handler") { () throws(ZeroMQError) in
            defer { socket.close() }
            do throws(ZeroMQError) {
                try Self.answer(authenticator, on: socket, until: stopping, wakeUp, logger)
            } catch {
                // Whoever stopped it may terminate the context before this thread has looked.
                if stopping.isRaised, error.code == .contextTerminated { return }
                logger.critical("no CURVE client can be told from another any more", metadata: ["error": "\(error)"])
                onFailure(error)
            }
        }
    }

    deinit { stop() }

    /// Its socket closes soon after.
    func stop() {
        stopping.raise()
        wakeUp.signal()
    }

    private static func answer(
        _ authenticator: ZAPAuthenticator, on socket: ZeroMQSocket, until stopping: Flag, _ wakeUp: WakeUp,
        _ logger: Logger
    ) throws(ZeroMQError) {
        var throttle = LogThrottle()
        while !stopping.isRaised {
            try wakeUp.wait(orReceiveFrom: [socket])
            while let request = try socket.receive(framesMax: ZAPAuthenticator.framesMax) {
                let reply = authenticator.reply(to: request.framesLeftOut == 0 ? request.frames : [])
                // The one who asked may be gone; then there is nobody to tell.
                _ = try socket.send(frames: reply.frames)
                if reply.status != .accepted, let suppressed = throttle.admit(at: .now) {
                    let address = request.frames.count > 3 ? request.frames[3] : []
                    logger.warning(
                        "refused a fan-out client",
                        metadata: [
                            "reason": "\(reply.text)",
                            "address": "\(String(decoding: address, as: UTF8.self))",
                            "key": "\(reply.client.map(\.description) ?? "none")",
                            "suppressed": "\(suppressed)",
                        ])
                }
            }
        }
    }
}

/// Raised once, seen by every thread.
final class Flag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}
