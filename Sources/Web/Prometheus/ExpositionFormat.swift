/// The formats that metrics are exposed in.
public enum ExpositionFormat: Sendable {
    /// Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
    case text
    /// OpenMetrics 1.0.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/): the same, with units and exemplars.
    case openMetrics

    /// The format that a scraper gets.
    ///
    /// - Parameter accept: its `Accept` header. OpenMetrics is for those who name it; everybody reads the text format.
    public init(accept: String?) {
        let names = (accept ?? "").split(separator: ",").filter { !Self.isRefused($0) }
            .map { $0.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() }
        self = names.contains("application/openmetrics-text") ? .openMetrics : .text
    }

    /// Whether a media range has the weight 0: not this one.
    private static func isRefused(_ range: Substring) -> Bool {
        range.split(separator: ";").dropFirst().contains { parameter in
            let text = parameter.filter { $0 != " " }.lowercased()
            return text.hasPrefix("q=") && Double(text.dropFirst(2)) == 0
        }
    }

    public var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

/// Metrics as they are written for one scrape.
struct Exposition {
    let format: ExpositionFormat
    private(set) var text = ""

    init(_ format: ExpositionFormat) { self.format = format }

    /// Begins a family. In OpenMetrics, the name of a family of counters does not say that it is a total.
    mutating func begin(_ name: String, type: String, help: String?) {
        let isCounter = type == PrometheusCounter.type
        let family =
            format == .openMetrics && isCounter && name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        if let help { text += "# HELP \(family) \(escaped(help))\n" }
        text += "# TYPE \(family) \(type)\n"
        guard format == .openMetrics, let unit = ["seconds", "bytes"].first(where: { family.hasSuffix("_" + $0) })
        else {
            return
        }
        text += "# UNIT \(family) \(unit)\n"
    }

    mutating func sample(_ name: String, _ labels: PrometheusLabels, _ value: String, _ exemplar: Exemplar? = nil) {
        text += "\(name)\(labels) \(value)"
        if let exemplar, format == .openMetrics {
            let labels = PrometheusLabels([("trace_id", exemplar.traceID)])
            text += " # \(labels) \(prometheusNumber(exemplar.value)) \(prometheusNumber(exemplar.time))"
        }
        text += "\n"
    }

    mutating func end() { if format == .openMetrics { text += "# EOF\n" } }

    /// The bound of a bucket. OpenMetrics wants whole numbers with a fraction.
    func bound(_ bound: Double) -> String {
        let text = prometheusNumber(bound)
        return format == .openMetrics && bound.isFinite && !text.contains(".") ? text + ".0" : text
    }

    private func escaped(_ help: String) -> String {
        let text = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return format == .openMetrics ? text.replacing("\"", with: "\\\"") : text
    }
}

/// One measurement of a bucket, with the trace that it was part of.
public struct Exemplar: Equatable, Sendable {
    /// 32 hexadecimal digits, as W3C Trace Context has them.
    public var traceID: String
    public var value: Double
    /// Seconds since 1970.
    public var time: Double

    public init(traceID: String, value: Double, time: Double) {
        self.traceID = traceID
        self.value = value
        self.time = time
    }
}
