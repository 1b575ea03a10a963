import CEpoll
import Glibc

/// A TCP connection that never blocks.
@safe
struct Socket {
    let descriptor: Int32

    enum Outcome {
        case bytes(Int)
        case wouldBlock
        case closed
    }

    init(connectedTo host: String, port: UInt16) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw PlanFault("\(host) is not an IPv4 address")
        }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw PlanFault("no socket: errno \(errno)") }
        let connected = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            let reason = errno
            close()
            throw PlanFault("\(host):\(port) can't be reached: errno \(reason)")
        }
        var yes: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    func write(_ bytes: ArraySlice<UInt8>) -> Outcome {
        Self.outcome(
            unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) })
    }

    func read(into buffer: inout [UInt8]) -> Outcome {
        Self.outcome(unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) })
    }

    func close() { _ = Glibc.close(descriptor) }

    private static func outcome(_ count: Int) -> Outcome {
        if count > 0 { return .bytes(count) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .wouldBlock : .closed
    }
}

/// Waits for many sockets at once (epoll(7)).
@safe
final class Poller {
    private let descriptor: Int32
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)

    init() throws {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw PlanFault("no epoll: errno \(errno)") }
    }

    deinit { _ = close(descriptor) }

    /// Watches `socket`; `tag` tells it from the others.
    func add(_ socket: Socket, tag: UInt64) { control(EPOLL_CTL_ADD, socket, tag, forWriting: false) }
    func update(_ socket: Socket, tag: UInt64, forWriting: Bool) {
        control(EPOLL_CTL_MOD, socket, tag, forWriting: forWriting)
    }

    private func control(_ operation: Int32, _ socket: Socket, _ tag: UInt64, forWriting: Bool) {
        var event = unsafe epoll_event()
        unsafe event.events = EPOLLIN.rawValue | (forWriting ? EPOLLOUT.rawValue : 0)
        unsafe event.data.u64 = tag
        unsafe epoll_ctl(descriptor, operation, socket.descriptor, &event)
    }

    /// Waits `timeout` at most; calls `ready` with the tag of every socket that has something to read (or is closed), or
    /// has room to write.
    func wait(timeout: Nanoseconds, ready: (_ tag: UInt64, _ isWritable: Bool) throws -> Void) throws {
        var limit = timespec(tv_sec: Int(timeout / 1_000_000_000), tv_nsec: Int(timeout % 1_000_000_000))
        let count = unsafe epoll_pwait2(descriptor, &events, Int32(events.count), &limit, nil)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = unsafe events[index]
            try unsafe ready(event.data.u64, event.events & EPOLLOUT.rawValue != 0)
        }
    }
}
