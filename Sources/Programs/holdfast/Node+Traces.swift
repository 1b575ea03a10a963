import Configuration
import Foundation
import OTLP
import Traces

extension NodeTraces {
    /// Nil: no collector is given.
    init?(_ config: ConfigReader) throws {
        guard config.text(.tracesURL) != nil else { return nil }
        guard let rate = Double(config.text(.tracesSample) ?? ""), (0...1).contains(rate) else {
            throw SettingError("\(Setting.tracesSample.flag) must be 0 to 1.")
        }
        let callers = try config.number(.tracesCallers, in: 0...100_000)
        self.init(SpanRecorder(TraceSampler(rate: rate, callersPerSecond: callers)))
    }
}

extension TraceExporter {
    init(_ config: ConfigReader, _ traces: NodeTraces) throws {
        guard let text = config.text(.tracesURL), var url = URLComponents(string: text),
            ["http", "https"].contains(url.scheme), url.host?.isEmpty == false, url.user == nil, url.query == nil,
            url.fragment == nil
        else {
            throw SettingError("\(Setting.tracesURL.flag) must be http:// or https:// and a host.")
        }
        // A URL without a path is OTEL_EXPORTER_OTLP_ENDPOINT of the standard, below which traces have a path of their own; with
        // a path it is OTEL_EXPORTER_OTLP_TRACES_ENDPOINT.
        if url.path.isEmpty || url.path == "/" { url.path = "/v1/traces" }
        self.init(
            to: TraceCollector(
                url: url.string ?? text, headers: try config.text(.tracesHeaders).map(config.headers) ?? [],
                authorities: try config.text(.tracesAuthorities).map(config.readable)),
            service: ServiceIdentity(
                version: BuildInfo.version, instance: UUID().uuidString.lowercased(), roles: config.list(.roles)),
            buffer: traces.recorder.buffer, logger: Subsystem.traces.logger)
    }
}
