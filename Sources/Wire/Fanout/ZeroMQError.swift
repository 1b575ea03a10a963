internal import CZeroMQ
internal import Glibc

/// A call into libzmq, or into the system on its behalf, failed.
public struct ZeroMQError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The `errno` value; libzmq adds some of its own.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let again = Code(rawValue: EAGAIN)
        public static let interrupted = Code(rawValue: EINTR)
        public static let addressInUse = Code(rawValue: EADDRINUSE)
        public static let invalidArgument = Code(rawValue: EINVAL)
        /// The context was terminated under the socket.
        public static let contextTerminated = Code(rawValue: ETERM)
    }
    public var code: Code
    /// The function that failed.
    public var operation: String
    public var message: String

    public init(code: Code, operation: String, message: String) {
        self.code = code
        self.operation = operation
        self.message = message
    }

    /// What the last failed libzmq call of this thread left behind; to be made before anything else is called.
    static func last(_ operation: String) -> ZeroMQError {
        ZeroMQError(number: zmq_errno(), operation)
    }

    /// The same for a call into the C library.
    static func lastSystem(_ operation: String) -> ZeroMQError {
        ZeroMQError(number: errno, operation)
    }

    /// zmq_strerror knows the system's numbers as well as libzmq's, and returns static text.
    init(number: Int32, _ operation: String) {
        let text = unsafe zmq_strerror(number)
        self.init(
            code: Code(rawValue: number), operation: operation,
            message: unsafe text.map { unsafe String(cString: $0) } ?? "error \(number)")
    }

    public var description: String { "\(operation): \(message)" }
}
