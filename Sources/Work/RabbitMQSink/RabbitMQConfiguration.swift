public import Brokers

/// Where in RabbitMQ the log's events go.
public struct RabbitMQConfiguration: Sendable {
    /// What messages are sent to. Names have 1 to 255 bytes.
    public enum Target: Equatable, Sendable {
        /// A durable quorum queue, which is declared.
        case queue(String)
        /// A durable stream, which is declared.
        case stream(String)
        /// An exchange that is there, and routes by events' types.
        case exchange(String)

        public var name: String {
            switch self {
            case .queue(let name), .stream(let name), .exchange(let name): name
            }
        }
    }

    /// The largest JSON that is sent whole, in bytes.
    public static let jsonBytesMax = 1_000_000

    /// The servers of one cluster; whichever answers first in this order is used.
    public let servers: [RabbitMQURL]
    public let target: Target
    let password: String
    /// The file with the authorities (PEM) of servers' certificates.
    let authorities: String

    /// - Throws: ``BrokerFailure`` that says what is wrong.
    public init(servers: [RabbitMQURL], target: Target, password: String, authorities: String) throws(BrokerFailure) {
        guard !servers.isEmpty else { throw BrokerFailure("no server is named") }
        guard (1...255).contains(target.name.utf8.count), target.name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !target.name.hasPrefix("amq.")
        else { throw BrokerFailure("a name is 1 to 255 visible ASCII characters, and does not begin with amq.") }
        self.servers = servers
        self.target = target
        self.password = password
        self.authorities = authorities
    }
}
