public import Brokers

/// What a file of librdkafka's properties says: how to reach the brokers, by which certificates and credentials.
///
/// A line is `name=value`; empty lines and those that begin with `#` say nothing. The names are those of
/// https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md. What the guarantees rest on can't be set.
public struct KafkaProperties: Sendable {
    /// A file is at most this large, and so is each line.
    public static let bytesMax = 64 << 10

    /// In the file's order.
    public private(set) var values: [(name: String, value: String)] = []

    /// No properties: brokers without TLS that ask nobody who they are.
    public init() {}

    /// - Throws: ``BrokerFailure`` that names the line, and never what it says: it may be a secret.
    public init(_ text: String) throws(BrokerFailure) {
        guard text.utf8.count <= Self.bytesMax else {
            throw BrokerFailure("the file is larger than \(Self.bytesMax) bytes")
        }
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let equals = line.firstIndex(of: "="), equals > line.startIndex else {
                throw BrokerFailure("line \(number + 1) is not name=value")
            }
            let name = String(line[..<equals].trimmed)
            guard !Self.isReserved(name) else {
                throw BrokerFailure("line \(number + 1): \(name) is not for the file to say")
            }
            values.append((name, String(line[line.index(after: equals)...].trimmed)))
        }
    }

    /// The last value of a property; nil: the file does not have it.
    public subscript(name: String) -> String? { values.last { $0.name == name }?.value }

    /// Whether others on the network can read messages: these are in clear text, or nobody looks whose certificate it is.
    public var isOpenToOthers: Bool {
        !["ssl", "sasl_ssl"].contains(self["security.protocol"]?.lowercased() ?? "plaintext")
            || ["false", "f", "0"].contains(self["enable.ssl.certificate.verification"]?.lowercased() ?? "true")
            || self["ssl.endpoint.identification.algorithm"]?.lowercased() == "none"
    }

    /// The properties that the sink sets itself, by whichever of their names.
    private static let reserved: Set<String> = [
        "bootstrap.servers", "metadata.broker.list", "enable.idempotence", "enable.gapless.guarantee", "acks",
        "request.required.acks", "max.in.flight", "max.in.flight.requests.per.connection", "retries",
        "message.send.max.retries", "message.timeout.ms", "delivery.timeout.ms", "transactional.id", "partitioner",
        "queuing.strategy", "queue.buffering.max.messages", "queue.buffering.max.kbytes", "delivery.report.only.error",
        "log.queue", "enable.background.thread",
    ]

    private static func isReserved(_ name: String) -> Bool { reserved.contains(name) || name.hasSuffix("_cb") }
}

extension StringProtocol {
    /// Without white space at either end.
    fileprivate var trimmed: SubSequence {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return rest
    }
}
