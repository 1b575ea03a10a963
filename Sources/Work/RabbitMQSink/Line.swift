import Brokers
import EventLog
import Glibc
import Synchronization

/// The socket of a connection as other threads see it: they can hang up, which ends a call that waits for the server.
final class Line: Sendable {
    /// After so long without any move, a server counts as gone.
    private static let moveTimeout = Duration.seconds(30)
    private static let lookInterval = Duration.seconds(1)

    private struct State {
        var socket: Int32?
        var isHungUp = false
        var movedAt = ContinuousClock.now
    }
    private let state = Mutex(State())

    /// The server took something, or said something.
    func moved() { state.withLock { $0.movedAt = .now } }

    var isHungUp: Bool { state.withLock(\.isHungUp) }

    /// Keeps a descriptor of its own until ``release()``: librabbitmq may close the other by itself, whose number then means
    /// another file.
    ///
    /// - Returns: false: the process may open no more.
    func hold(_ socket: Int32) -> Bool {
        let own = fcntl(socket, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { return false }
        state.withLock { state in
            state.socket = own
            if state.isHungUp { shutdown(own, Int32(SHUT_RDWR)) }
        }
        return true
    }

    func release() {
        state.withLock { state in
            if let socket = state.socket { close(socket) }
            state.socket = nil
        }
    }

    /// For good: a socket that comes later is shut down at once.
    func hangUp() {
        state.withLock { state in
            state.isHungUp = true
            if let socket = state.socket { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Hangs up when nothing has moved for too long; returns then, and when its task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            if state.withLock({ $0.movedAt.duration(to: .now) > Self.moveTimeout }) { return hangUp() }
            await pause(Self.lookInterval)
        }
    }
}
