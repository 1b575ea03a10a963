internal import CZeroMQ
internal import Synchronization

/// A libzmq context: its I/O thread and the sockets made in it, which keep it alive.
///
/// `@unchecked Sendable`: contexts are thread safe (zmq_ctx_new(3)), and the pointer to this one changes only under
/// the lock, once, when the context is terminated.
@safe final class ZeroMQContext: @unchecked Sendable {
    private let handle: Mutex<Int>

    init() throws(ZeroMQError) {
        guard let context = unsafe zmq_ctx_new() else { throw .last("zmq_ctx_new") }
        handle = Mutex(Int(bitPattern: context))
    }

    deinit { terminate() }

    /// Blocks until the messages of the closed sockets are sent or their linger time is over; for ever, while a socket
    /// is open. Does nothing the second time.
    func terminate() {
        let context = handle.withLock { handle in
            defer { handle = 0 }
            return handle
        }
        // Only a signal makes it return early, and then it wants to be called again.
        while unsafe zmq_ctx_term(UnsafeMutableRawPointer(bitPattern: context)) != 0,
            ZeroMQError.last("zmq_ctx_term").code == .interrupted
        {}
    }

    func makeSocket(_ kind: Int32) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        let context = unsafe UnsafeMutableRawPointer(bitPattern: handle.withLock { $0 })
        guard let socket = unsafe zmq_socket(context, kind) else { throw .last("zmq_socket") }
        return unsafe socket
    }
}
