internal import CZeroMQ
internal import Glibc

/// Makes a thread that waits in `zmq_poll` look up: a ZeroMQ socket may not be touched from another thread, a pipe may.
final class WakeUp: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(ZeroMQError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw .lastSystem("pipe") }
        readEnd = ends[0]
        writeEnd = ends[1]
        for end in ends {
            guard fcntl(end, F_SETFL, O_NONBLOCK) == 0, fcntl(end, F_SETFD, FD_CLOEXEC) == 0 else {
                throw .lastSystem("fcntl")
            }
        }
    }

    deinit {
        Glibc.close(readEnd)
        Glibc.close(writeEnd)
    }

    /// From any thread. A full pipe is as good as one byte more: the thread will wake.
    func signal() {
        var byte: UInt8 = 1
        while unsafe write(writeEnd, &byte, 1) < 0, errno == EINTR {}
    }

    /// Waits for a signal, and takes it back, or for one of `sockets`, which belong to the calling thread, to have a
    /// message; at most for `timeout`; nil: no limit. May return early.
    func wait(orReceiveFrom sockets: [ZeroMQSocket] = [], for timeout: Duration? = nil) throws(ZeroMQError) {
        let events = Int16(ZMQ_POLLIN)
        var items = unsafe [zmq_pollitem_t(socket: nil, fd: readEnd, events: events, revents: 0)]
        for socket in sockets {
            unsafe items.append(zmq_pollitem_t(socket: socket.handle, fd: 0, events: events, revents: 0))
        }
        let result = unsafe items.withUnsafeMutableBufferPointer {
            unsafe zmq_poll($0.baseAddress, Int32($0.count), timeout.map(Self.milliseconds) ?? -1)
        }
        guard result >= 0 else {
            let error = ZeroMQError.last("zmq_poll")
            // A signal to the process: the caller looks around and waits again.
            guard error.code == .interrupted else { throw error }
            return
        }
        if unsafe items[0].revents != 0 { drain() }
    }

    private func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(readEnd, $0.baseAddress, $0.count) }
            if count <= 0, count == 0 || errno != EINTR { return }
        }
    }

    /// Rounded up, so that a wait does not end just before its time, again and again.
    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        guard seconds < 86_400 else { return 86_400_000 }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
