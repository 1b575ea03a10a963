/// Why a publisher or subscriber could not be made, or stopped by itself.
public struct FanoutError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        /// Not an endpoint that fan-out can use.
        public static let invalidEndpoint = Code(description: "invalid-endpoint")
        /// Others than this machine could reach the endpoint, and it is not protected by CURVE with an allow-list.
        public static let insecureEndpoint = Code(description: "insecure-endpoint")
        /// Not a CURVE key.
        public static let invalidKey = Code(description: "invalid-key")
        /// A key file can't be read, or is open to others than its owner.
        public static let keyFile = Code(description: "key-file")
        /// The installed libzmq was built without CURVE.
        public static let curveUnavailable = Code(description: "curve-unavailable")
        /// A limit or time in the configuration is out of its range.
        public static let invalidConfiguration = Code(description: "invalid-configuration")
        /// A ZeroMQ or system call failed; see ``FanoutError/underlying``.
        public static let socket = Code(description: "socket")
    }
    public var code: Code
    public var message: String
    public var underlying: ZeroMQError?

    public init(code: Code, message: String, underlying: ZeroMQError? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    init(_ error: ZeroMQError, _ message: String) {
        self.init(code: .socket, message: message, underlying: error)
    }

    public var description: String { "\(code): \(message)\(underlying.map { " (\($0))" } ?? "")" }
}
