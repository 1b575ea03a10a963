import Brokers
import Testing

@testable import KafkaSink

@Suite struct `Kafka's settings` {
    @Test func `come from a file of properties`() throws {
        let properties = try KafkaProperties(
            """
            # How we reach the brokers.
            security.protocol = SASL_SSL

            sasl.password=p=w #1\r
            ssl.ca.location=/etc/ca.pem
            ssl.ca.location=/etc/other.pem
            """)
        #expect(properties["security.protocol"] == "SASL_SSL")
        #expect(properties["sasl.password"] == "p=w #1")
        #expect(properties["ssl.ca.location"] == "/etc/other.pem")
        #expect(properties["sasl.username"] == nil)
        #expect(!properties.isOpenToOthers)
    }

    @Test(arguments: ["", "security.protocol=plaintext", "security.protocol=SASL_PLAINTEXT", "security.protocol=x"])
    func `are plaintext unless they say TLS`(text: String) throws {
        #expect(try KafkaProperties(text).isOpenToOthers)
    }

    @Test(arguments: [
        "acks=1", "enable.idempotence=false", "delivery.timeout.ms=1", " message.timeout.ms = 1", "partitioner=random",
        "bootstrap.servers=elsewhere:9092", "max.in.flight=9", "log_cb=x",
    ])
    func `can't undo what the guarantees rest on`(line: String) {
        #expect { try KafkaProperties("client.id=x\n\(line)") } throws: { "\($0)".hasPrefix("line 2: ") }
    }

    @Test func `that are refused are not repeated: they may be a secret`() {
        for text in ["secret", "=secret", "acks=secret", String(repeating: "secret\n", count: 20_000)] {
            #expect { try KafkaProperties(text) } throws: { !"\($0)".contains("secret") }
        }
    }

    @Test(arguments: [
        "broker", "broker:", ":9092", "broker:0", "broker:65536", "SSL://broker:9092", "a b:9092", "::1:9092",
    ])
    func `need hosts with ports`(server: String) {
        #expect(throws: BrokerFailure.self) {
            try KafkaConfiguration(servers: [server], topic: "t", properties: KafkaProperties())
        }
    }

    @Test func `say which hosts`() throws {
        let configuration = try KafkaConfiguration(
            servers: ["one.example:9092", "[::1]:9092", "127.0.0.1:1"], topic: "holdfast.events",
            properties: KafkaProperties())
        #expect(configuration.hosts == ["one.example", "[::1]", "127.0.0.1"])
        #expect(configuration.jsonBytesMax == 1_000_000 - 8192)
    }

    @Test(arguments: ["", ".", "..", "a topic", "tópico", String(repeating: "a", count: 250)])
    func `need a topic that Kafka can have`(topic: String) {
        #expect(throws: BrokerFailure.self) {
            try KafkaConfiguration(servers: ["b:1"], topic: topic, properties: KafkaProperties())
        }
    }

    @Test(arguments: [("100000", 91_808), ("1", nil), ("x", nil), ("999999999999", nil)] as [(String, Int?)])
    func `say how large a message may be`(bytes: String, jsonBytesMax: Int?) throws {
        let properties = try KafkaProperties("message.max.bytes=\(bytes)")
        let configuration = try? KafkaConfiguration(servers: ["b:1"], topic: "t", properties: properties)
        #expect(configuration?.jsonBytesMax == jsonBytesMax)
    }
}
