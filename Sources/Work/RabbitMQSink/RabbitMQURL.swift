public import Brokers

/// Where a RabbitMQ server is: `amqp://` or `amqps://`, with a user, but never a password, and a virtual host.
///
/// As in https://www.rabbitmq.com/docs/uri-spec: `amqps://shop@mq.example.com:5671/tickets`. User and virtual host may be
/// percent-encoded; without a user it is `guest`, without a path it is the virtual host `/`.
public struct RabbitMQURL: Equatable, Sendable {
    public var hasTLS: Bool
    public var user: String
    /// A name or an address; of IPv6 without brackets.
    public var host: String
    public var port: Int
    public var virtualHost: String

    /// - Throws: ``BrokerFailure`` that says what is wrong, and never what the URL was: it may have a password.
    public init(_ text: String) throws(BrokerFailure) {
        guard text.utf8.count <= 1024, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("?"),
            !text.contains("#")
        else { throw BrokerFailure("it is not amqp://user@host:port/vhost") }
        if text.hasPrefix("amqps://") {
            hasTLS = true
        } else if text.hasPrefix("amqp://") {
            hasTLS = false
        } else {
            throw BrokerFailure("it begins with neither amqp:// nor amqps://")
        }
        var rest = text[text.index(text.startIndex, offsetBy: hasTLS ? 8 : 7)...]
        virtualHost = "/"
        if let slash = rest.firstIndex(of: "/") {
            // The specification has a slash alone mean a virtual host without a name, which nobody has.
            if rest.index(after: slash) < rest.endIndex {
                virtualHost = try Self.decoded(rest[rest.index(after: slash)...])
            }
            rest = rest[..<slash]
        }
        user = "guest"
        if let at = rest.lastIndex(of: "@") {
            let who = rest[..<at]
            guard !who.contains(":") else { throw BrokerFailure("it has a password, which belongs into a file") }
            user = try Self.decoded(who)
            rest = rest[rest.index(after: at)...]
        }
        port = hasTLS ? 5671 : 5672
        if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            guard let number = Int(rest[rest.index(after: colon)...]), (1...65535).contains(number) else {
                throw BrokerFailure("its port is not 1 to 65535")
            }
            port = number
            rest = rest[..<colon]
        }
        if rest.hasPrefix("["), rest.hasSuffix("]") {
            rest = rest.dropFirst().dropLast()
        } else if rest.contains(":") {
            throw BrokerFailure("an IPv6 address stands in brackets")
        }
        guard !rest.isEmpty, !user.isEmpty, user.utf8.count <= 255, virtualHost.utf8.count <= 255 else {
            throw BrokerFailure("it is not amqp://user@host:port/vhost")
        }
        host = String(rest)
    }

    private static func decoded(_ text: some StringProtocol) throws(BrokerFailure) -> String {
        guard !text.contains("/") else { throw BrokerFailure("a slash in a name is %2F") }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                value >= 0x20
            else { throw BrokerFailure("it is not percent-encoded as it should be") }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard let name = String(validating: bytes, as: UTF8.self) else {
            throw BrokerFailure("it is not percent-encoded as it should be")
        }
        return name
    }
}
