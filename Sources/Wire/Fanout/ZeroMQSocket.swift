internal import CZeroMQ

/// A ZeroMQ socket. Like libzmq's, it belongs to one thread at a time: it may be handed over, as a whole, to another.
@safe final class ZeroMQSocket {
    enum Kind {
        case publish, subscribe, reply, request

        var constant: Int32 {
            switch self {
            case .publish: ZMQ_PUB
            case .subscribe: ZMQ_SUB
            case .reply: ZMQ_REP
            case .request: ZMQ_REQ
            }
        }
    }

    /// Holds the context: it can't be terminated by going out of scope before its sockets are closed.
    private let context: ZeroMQContext
    /// Nil once the socket is closed, which libzmq then calls an error by itself.
    private(set) var handle: UnsafeMutableRawPointer?
    /// The place that messages are received into; libzmq wants it to stay where it is.
    private let message = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 1)

    init(_ kind: Kind, in context: ZeroMQContext) throws(ZeroMQError) {
        self.context = context
        unsafe handle = nil
        unsafe message.initialize(to: zmq_msg_t())
        unsafe handle = try context.makeSocket(kind.constant)
    }

    deinit {
        close()
        unsafe message.deallocate()
    }

    /// Lets go of the socket without waiting; what it has still to send is the context's until the linger time is over.
    func close() {
        guard let socket = unsafe handle else { return }
        unsafe handle = nil
        let result = unsafe zmq_close(socket)
        assert(result == 0, "zmq_close fails for what is no socket only")
    }

    // MARK: Options

    func set(_ option: Int32, _ value: Int32) throws(ZeroMQError) {
        var value = value
        let result = unsafe zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size)
        guard result == 0 else { throw .last("zmq_setsockopt(\(option))") }
    }

    func set(_ option: Int32, int64 value: Int64) throws(ZeroMQError) {
        var value = value
        let result = unsafe zmq_setsockopt(handle, option, &value, MemoryLayout<Int64>.size)
        guard result == 0 else { throw .last("zmq_setsockopt(\(option))") }
    }

    func set(_ option: Int32, _ bytes: [UInt8]) throws(ZeroMQError) {
        let result = unsafe bytes.withUnsafeBytes {
            unsafe zmq_setsockopt(handle, option, $0.baseAddress, $0.count)
        }
        guard result == 0 else { throw .last("zmq_setsockopt(\(option))") }
    }

    /// The last endpoint that the socket was bound or connected to, with what a wildcard became.
    func lastEndpoint() throws(ZeroMQError) -> String {
        var text = [UInt8](repeating: 0, count: 1024)
        var length = text.count
        let result = unsafe text.withUnsafeMutableBytes {
            unsafe zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, $0.baseAddress, &length)
        }
        guard result == 0 else { throw .last("zmq_getsockopt(ZMQ_LAST_ENDPOINT)") }
        return String(decoding: text.prefix(length).prefix { $0 != 0 }, as: UTF8.self)
    }

    func bind(_ endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_bind(handle, endpoint) == 0 else { throw .last("zmq_bind") }
    }

    func connect(_ endpoint: String) throws(ZeroMQError) {
        guard unsafe zmq_connect(handle, endpoint) == 0 else { throw .last("zmq_connect") }
    }

    // MARK: Messages

    /// False: nothing was sent, because it would have had to wait.
    func send(_ bytes: [UInt8], more: Bool = false) throws(ZeroMQError) -> Bool {
        while true {
            let result = unsafe bytes.withUnsafeBytes {
                unsafe zmq_send(handle, $0.baseAddress, $0.count, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0))
            }
            if result >= 0 { return true }
            let error = ZeroMQError.last("zmq_send")
            switch error.code {
            case .interrupted: continue
            case .again: return false
            default: throw error
            }
        }
    }

    /// Sends one message of several frames; false as above. Only its first frame can be told to wait.
    func send(frames: [[UInt8]]) throws(ZeroMQError) -> Bool {
        for (index, frame) in frames.enumerated() {
            guard try send(frame, more: index < frames.count - 1) else { return false }
        }
        return true
    }

    /// The frames of the next message, of which at most `limit` are kept; nil: there is none yet.
    func receive(framesMax limit: Int) throws(ZeroMQError) -> ReceivedMessage? {
        guard let first = try receiveFrame() else { return nil }
        var received = ReceivedMessage(frames: [first.bytes])
        var more = first.more
        // libzmq delivers messages whole, so the other frames are there already.
        while more, let next = try receiveFrame() {
            more = next.more
            if received.frames.count < limit {
                received.frames.append(next.bytes)
            } else {
                received.framesLeftOut += 1
            }
        }
        return received
    }

    private func receiveFrame() throws(ZeroMQError) -> (bytes: [UInt8], more: Bool)? {
        guard unsafe zmq_msg_init(message) == 0 else { throw .last("zmq_msg_init") }
        defer { _ = unsafe zmq_msg_close(message) }
        while unsafe zmq_msg_recv(message, handle, ZMQ_DONTWAIT) < 0 {
            let error = ZeroMQError.last("zmq_msg_recv")
            switch error.code {
            case .interrupted: continue
            case .again: return nil
            default: throw error
            }
        }
        let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: zmq_msg_data(message), count: zmq_msg_size(message)))
        return (bytes, unsafe zmq_msg_more(message) != 0)
    }
}

struct ReceivedMessage: Equatable {
    /// At least one.
    var frames: [[UInt8]]
    var framesLeftOut = 0
}
