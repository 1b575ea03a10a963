import Brokers
import Configuration
import Foundation
import KafkaSink
import RabbitMQSink

extension ConfigReader {
    /// Kafka as a sink; nil: it is not one.
    ///
    /// - Throws: ``SettingError``.
    func kafka() throws -> KafkaConfiguration? {
        let servers = list(.kafkaServers)
        guard !servers.isEmpty else { return nil }
        var properties = KafkaProperties()
        if let path = text(.kafkaProperties) {
            do {
                properties = try KafkaProperties(try content(of: path))
            } catch let error as BrokerFailure {
                throw SettingError("\(path): \(error).")
            }
        }
        do {
            return try KafkaConfiguration(servers: servers, topic: try required(.kafkaTopic), properties: properties)
        } catch let error as BrokerFailure {
            throw SettingError("The settings of Kafka: \(error).")
        }
    }

    /// RabbitMQ as a sink; nil: it is not one.
    ///
    /// - Throws: ``SettingError``.
    func rabbitMQ() throws -> RabbitMQConfiguration? {
        let urls = list(.rabbitMQURLs)
        guard !urls.isEmpty else { return nil }
        var targets: [RabbitMQConfiguration.Target] = []
        if let name = text(.rabbitMQQueue) { targets.append(.queue(name)) }
        if let name = text(.rabbitMQStream) { targets.append(.stream(name)) }
        if let name = text(.rabbitMQExchange) { targets.append(.exchange(name)) }
        guard targets.count <= 1 else {
            throw SettingError(
                "\(Setting.rabbitMQQueue.flag), \(Setting.rabbitMQStream.flag) and \(Setting.rabbitMQExchange.flag): at most "
                    + "one of them.")
        }
        let password = try secret(in: try required(.rabbitMQPassword))
        do {
            return try RabbitMQConfiguration(
                servers: try urls.map { url throws(BrokerFailure) in try RabbitMQURL(url) },
                target: targets.first ?? .queue("holdfast.events"), password: password,
                authorities: try required(.rabbitMQAuthorities))
        } catch let error as BrokerFailure {
            throw SettingError("The settings of RabbitMQ: \(error).")
        }
    }
}
