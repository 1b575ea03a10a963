import Brokers
import Testing

@testable import RabbitMQSink

@Suite struct `RabbitMQ's URL` {
    @Test func `says who, where and which virtual host`() throws {
        let url = try RabbitMQURL("amqps://shop%40x@mq.example.com:5673/tickets%2Flive")
        #expect(url.hasTLS && url.user == "shop@x" && url.host == "mq.example.com" && url.port == 5673)
        #expect(url.virtualHost == "tickets/live")
    }

    @Test(arguments: [("amqp://mq", 5672, false), ("amqps://mq/", 5671, true)])
    func `has defaults`(text: String, port: Int, hasTLS: Bool) throws {
        let url = try RabbitMQURL(text)
        #expect(url.user == "guest" && url.host == "mq" && url.port == port && url.virtualHost == "/")
        #expect(url.hasTLS == hasTLS)
    }

    @Test func `can have an address of IPv6`() throws {
        #expect(try RabbitMQURL("amqp://[::1]:1/").host == "::1")
        #expect(try RabbitMQURL("amqp://a@[::1]").port == 5672)
    }

    @Test(arguments: [
        "", "http://mq", "amqp://", "amqp://@mq", "amqp://mq:0", "amqp://mq:x", "amqp://::1", "amqp://mq/a/b",
        "amqp://mq/%2",
        "amqp://mq/%00", "amqp://mq/%FF", "amqp://m q", "amqp://mq/?heartbeat=1", "amqp://user:secret@mq",
        "amqp://\(String(repeating: "a", count: 2000))",
    ])
    func `is refused, and not repeated: it may have a password`(text: String) {
        #expect { try RabbitMQURL(text) } throws: { $0 is BrokerFailure && !"\($0)".contains("secret") }
    }
}

@Suite struct `Confirms of RabbitMQ` {
    /// What is open after each confirm of so many messages; nil: it was refused.
    private func open(of published: Int, _ confirmed: (tag: UInt64, andAllBefore: Bool)...) -> [Int?] {
        var confirms = Confirms()
        for _ in 0..<published { confirms.publish() }
        return confirmed.map { confirms.confirm($0.tag, andAllBefore: $0.andAllBefore) ? confirms.open : nil }
    }

    @Test func `are counted one by one, in any order`() {
        #expect(open(of: 4, (3, false), (1, false), (3, false), (2, false), (4, false)) == [3, 2, 2, 1, 0])
    }

    @Test func `are counted many at a time`() {
        #expect(open(of: 6, (5, false), (3, true), (4, false), (2, true), (0, true)) == [5, 2, 1, 1, 0])
    }

    @Test func `of what was never published are recognised`() {
        #expect(open(of: 1, (2, false), (2, true), (0, false), (1, false)) == [nil, nil, nil, 0])
    }
}
