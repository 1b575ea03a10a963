public import Brokers

/// Which topic of which brokers gets the log's events.
public struct KafkaConfiguration: Sendable {
    /// The size of a message that librdkafka and Kafka's brokers take where nothing else is said, in bytes.
    private static let messageBytesDefault = 1_000_000
    /// Room for a message's key, headers and frame.
    private static let messageOverhead = 8 << 10

    /// Some of the brokers, as `host:port`, that know the others.
    public let servers: [String]
    public let topic: String
    public let properties: KafkaProperties
    /// The largest JSON that is sent whole, in bytes: less than `message.max.bytes` of the properties.
    public let jsonBytesMax: Int

    /// - Parameters:
    ///   - servers: at least one; each a host, and a port after a colon.
    ///   - topic: 1 to 249 of letters, digits, `.`, `_` and `-`.
    /// - Throws: ``BrokerFailure`` that says which is wrong.
    public init(servers: [String], topic: String, properties: KafkaProperties) throws(BrokerFailure) {
        guard !servers.isEmpty, servers.allSatisfy({ Self.host(of: $0) != nil }) else {
            throw BrokerFailure("the servers must be host:port, with commas between them")
        }
        guard (1...249).contains(topic.utf8.count), topic != ".", topic != "..", topic.utf8.allSatisfy(Self.isOfTopic)
        else { throw BrokerFailure("a topic is 1 to 249 letters, digits, dots, underscores and hyphens") }
        let bytes = properties["message.max.bytes"].map(Int.init) ?? Self.messageBytesDefault
        guard let bytes, (2 * Self.messageOverhead...64 << 20).contains(bytes) else {
            throw BrokerFailure("message.max.bytes must be \(2 * Self.messageOverhead) to \(64 << 20)")
        }
        self.servers = servers
        self.topic = topic
        self.properties = properties
        jsonBytesMax = bytes - Self.messageOverhead
    }

    /// The servers' hosts.
    public var hosts: [String] { servers.compactMap(Self.host(of:)) }

    /// The host of `host:port`, with the brackets of an IPv6 address; nil: `server` is not of this form.
    static func host(of server: String) -> String? {
        guard let colon = server.lastIndex(of: ":"), colon > server.startIndex,
            let port = Int(server[server.index(after: colon)...]), (1...65535).contains(port)
        else { return nil }
        let host = server[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        // librdkafka takes a scheme before the host, which would have a say in TLS.
        guard isBracketed || !host.contains(":"), host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F }) else {
            return nil
        }
        return String(host)
    }

    private static func isOfTopic(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
