import ArgumentParser
import Configuration
import Foundation
import Logging
import Logs
import Metrics
import Postgres
import Prometheus
import SystemPackage

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a node.", usage: "holdfast serve [SETTING …]", discussion: Setting.help)

    @Argument(parsing: .allUnrecognized, help: .hidden)
    var settings: [String] = []

    func validate() throws {
        let known = Set(Setting.all.map(\.flag))
        var expectsValue = false
        for argument in settings {
            let flag = argument.split(separator: "=", maxSplits: 1).first.map(String.init) ?? argument
            if argument.hasPrefix("--") {
                guard known.contains(flag) else { throw ValidationError("There is no setting \(flag).") }
                expectsValue = flag == argument
            } else {
                guard expectsValue else { throw ValidationError("“\(argument)” belongs to no setting.") }
                expectsValue = false
            }
            if Conninfo.hasPassword(argument) { throw ValidationError(Conninfo.passwordAdvice) }
        }
    }

    func run() async throws {
        // Snapshots have everybody's holds and orders.
        umask(0o077)
        OpenFiles.raiseLimit()
        let config = try await reader()
        guard let level = Logger.Level(rawValue: config.text(.logLevel) ?? "") else {
            throw ValidationError("\(Setting.logLevel.flag) is not a level.")
        }
        let levels = LogLevels(Subsystem.allCases.map(\.rawValue), level: level)
        do {
            try LogOutput.begin(format: config.text(.logFormat) ?? "", levels)
        } catch let error as SettingError {
            throw ValidationError(error.description)
        }
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        do {
            try await Node(config, metrics: metrics, levels: levels).run()
        } catch let error as SettingError {
            throw ValidationError(error.description)
        }
    }

    private func reader() async throws -> ConfigReader {
        let flags = CommandLineArgumentsProvider(arguments: ["holdfast"] + settings)
        let environment = EnvironmentVariablesProvider().prefixKeys(with: "holdfast")
        let first = ConfigReader(providers: [flags, environment])
        guard let path = first.text(.config) else { return first }
        do {
            return ConfigReader(providers: [
                flags, environment, try await FileProvider<JSONSnapshot>(filePath: FilePath(path)),
            ])
        } catch {
            throw ValidationError("\(path) can't be read as a configuration: \(error)")
        }
    }
}
