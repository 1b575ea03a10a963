import Brokers
import CRdKafka
import Logging

/// librdkafka's idempotent producer for one topic. Used on one thread.
@safe
final class KafkaProducer {
    /// Calls that wait come back so often, to see whether they should go on.
    private static let waitMilliseconds: Int32 = 100
    private static let messagesQueuedMax = 1000
    private static let kilobytesQueuedMax = 64 << 10
    private static let errorLength = 512

    private let topicName: String
    private let reports: KafkaReports
    private let handle: OpaquePointer
    private let topic: OpaquePointer

    /// - Throws: ``BrokerFailure`` for properties that librdkafka refuses.
    init(_ configuration: KafkaConfiguration, logger: Logger) throws(BrokerFailure) {
        topicName = configuration.topic
        reports = KafkaReports(logger: logger)
        let settings = unsafe rd_kafka_conf_new()
        do throws(BrokerFailure) {
            for (name, value) in Self.defaults + configuration.properties.values + Self.settings(configuration) {
                unsafe try Self.check { error, length in
                    unsafe rd_kafka_conf_set(settings, name, value, error, length) == RD_KAFKA_CONF_OK
                }
            }
        } catch {
            unsafe rd_kafka_conf_destroy(settings)
            throw error
        }
        unsafe reports.attach(to: settings)
        var created: OpaquePointer?
        do throws(BrokerFailure) {
            unsafe try Self.check { error, length in
                unsafe created = rd_kafka_new(RD_KAFKA_PRODUCER, settings, error, length)
                return unsafe created != nil
            }
        } catch {
            unsafe rd_kafka_conf_destroy(settings)
            throw error
        }
        guard let handle = unsafe created, let topic = unsafe rd_kafka_topic_new(handle, topicName, nil) else {
            preconditionFailure("a producer without a handle, or without a topic of its name")
        }
        unsafe self.handle = handle
        unsafe self.topic = topic
    }

    /// What was not sent stays unsent: each partition has a first part of what it should get.
    deinit {
        unsafe rd_kafka_topic_destroy(topic)
        unsafe rd_kafka_destroy(handle)
    }

    /// What the properties may set otherwise: waiting for no further bytes to send, and soon trying again to connect.
    private static let defaults: [(name: String, value: String)] = [
        ("socket.nagle.disable", "true"), ("reconnect.backoff.max.ms", "1000"), ("client.id", "holdfast"),
        ("log.connection.close", "false"), ("ssl.endpoint.identification.algorithm", "https"),
    ]

    /// What the guarantees rest on, and what keeps memory bounded.
    private static func settings(_ configuration: KafkaConfiguration) -> [(name: String, value: String)] {
        [
            ("bootstrap.servers", configuration.servers.joined(separator: ",")),
            ("enable.idempotence", "true"), ("acks", "all"),
            // One request at a time: a broker that has never heard of this producer takes the second also after it has refused
            // the first, and librdkafka then counts the first as confirmed, too
            // (https://github.com/confluentinc/confluent-kafka-go/issues/921).
            ("max.in.flight", "1"),
            // A message that can't be sent ends the producer, so that none behind it is.
            ("enable.gapless.guarantee", "true"),
            // For the same reason none is given up by itself: ``send(_:timeout:checking:)`` gives up all that is left.
            ("message.timeout.ms", "0"),
            // As Java's clients place keys.
            ("partitioner", "murmur2_random"),
            ("queue.buffering.max.messages", String(messagesQueuedMax)),
            ("queue.buffering.max.kbytes", String(kilobytesQueuedMax)),
        ]
    }

    /// Makes sure that the topic is there, which has brokers create it that may.
    ///
    /// - Throws: ``BrokerFailure``, and what `check` throws, which is called while this waits.
    func findTopic(within timeout: Duration, checking check: () throws -> Void) throws {
        let end = ContinuousClock.now + timeout
        while true {
            try check()
            unsafe rd_kafka_poll(handle, 0)
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let error = unsafe rd_kafka_metadata(handle, 0, topic, &metadata, 5 * Self.waitMilliseconds)
            let found = unsafe Self.state(ofTopicIn: metadata)
            if let metadata = unsafe metadata { unsafe rd_kafka_metadata_destroy(metadata) }
            let state = error == RD_KAFKA_RESP_ERR_NO_ERROR ? found : error
            switch state {
            case RD_KAFKA_RESP_ERR_NO_ERROR: return
            case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
                guard ContinuousClock.now < end else { throw failure(state) }
                unsafe rd_kafka_poll(handle, Self.waitMilliseconds)
            default: throw failure(state)
            }
        }
    }

    /// Sends messages, and returns once all are confirmed.
    ///
    /// - Parameter timeout: for the next confirmation.
    /// - Throws: ``BrokerFailure``, and what `check` throws, which is called while this waits. Then this is only to be let go.
    func send(_ messages: [BrokerMessage], timeout: Duration, checking check: () throws -> Void) throws {
        let due = reports.confirmed + messages.count
        var confirmed = reports.confirmed
        var end = ContinuousClock.now + timeout
        func look() throws {
            try check()
            if let failed = reports.failure { throw failure(failed) }
            if reports.confirmed > confirmed {
                confirmed = reports.confirmed
                end = .now + timeout
            } else if ContinuousClock.now >= end {
                throw failure(RD_KAFKA_RESP_ERR__TIMED_OUT)
            }
        }
        for message in messages {
            while true {
                let error = produce(message)
                if error == RD_KAFKA_RESP_ERR_NO_ERROR { break }
                guard error == RD_KAFKA_RESP_ERR__QUEUE_FULL else { throw failure(error) }
                unsafe rd_kafka_poll(handle, Self.waitMilliseconds)
                try look()
            }
        }
        while reports.confirmed < due {
            unsafe rd_kafka_flush(handle, Self.waitMilliseconds)
            try look()
        }
    }

    private func produce(_ message: BrokerMessage) -> rd_kafka_resp_err_t {
        let all = message.headers
        guard let headers = unsafe rd_kafka_headers_new(all.count) else { preconditionFailure("no headers") }
        for header in all {
            unsafe rd_kafka_header_add(headers, header.name, -1, header.value, header.value.utf8.count)
        }
        let key = Array(message.key.utf8)
        let error = unsafe holdfast_kafka_produce(
            handle, topic, key, key.count, message.json, message.json.count, headers)
        if error != RD_KAFKA_RESP_ERR_NO_ERROR { unsafe rd_kafka_headers_destroy(headers) }
        return error
    }

    private static func state(ofTopicIn metadata: UnsafePointer<rd_kafka_metadata>?) -> rd_kafka_resp_err_t {
        guard let metadata = unsafe metadata, unsafe metadata.pointee.topic_cnt == 1 else {
            return RD_KAFKA_RESP_ERR__TIMED_OUT
        }
        let topic = unsafe metadata.pointee.topics[0]
        if unsafe topic.err == RD_KAFKA_RESP_ERR_NO_ERROR, unsafe topic.partition_cnt == 0 {
            return RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
        }
        return unsafe topic.err
    }

    /// Has librdkafka say what is wrong, unless `call` returns true.
    private static func check(_ call: (UnsafeMutablePointer<CChar>, Int) -> Bool) throws(BrokerFailure) {
        var text = [CChar](repeating: 0, count: errorLength)
        let succeeded = unsafe text.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe call(start, buffer.count)
        }
        guard !succeeded else { return }
        throw BrokerFailure(String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    /// An error in words; librdkafka's own, and what it last said of the connections, come after.
    private func failure(_ error: rd_kafka_resp_err_t) -> BrokerFailure {
        let reason = unsafe String(cString: rd_kafka_err2str(error))
        var text = Self.advice(error, topic: topicName).map { "\($0) (\(reason))" } ?? reason
        if let trouble = reports.trouble { text += ": \(trouble)" }
        return BrokerFailure(text)
    }

    private static func advice(_ error: rd_kafka_resp_err_t, topic: String) -> String? {
        switch error {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
            "Kafka has no topic \(topic) and creates none: create it"
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            "Kafka does not let this user write to the topic \(topic): allow it Describe and Write"
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            "Kafka does not let this user be an idempotent producer: allow it IdempotentWrite"
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            "Kafka takes smaller messages for the topic \(topic): raise its max.message.bytes, or lower message.max.bytes in "
                + "the properties"
        case RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT: "Kafka does not answer"
        default: nil
        }
    }
}
