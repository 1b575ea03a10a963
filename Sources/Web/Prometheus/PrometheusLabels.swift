/// The labels of a series, `{route="/shows",method="GET"}`.
struct PrometheusLabels: Hashable, Sendable, CustomStringConvertible {
    private var text: String

    init(_ dimensions: [(String, String)]) {
        text = dimensions.sorted { $0.0 < $1.0 }.map(Self.pair).joined(separator: ",")
    }

    func adding(_ name: String, _ value: String) -> PrometheusLabels {
        var labels = self
        labels.text += (text.isEmpty ? "" : ",") + Self.pair(name, value)
        return labels
    }

    var description: String { text.isEmpty ? "" : "{\(text)}" }

    private static func pair(_ name: String, _ value: String) -> String {
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return "\(prometheusName(name))=\"\(escaped)\""
    }
}

/// `name` with what a metric or label name may not have turned into `_`.
func prometheusName(_ name: String) -> String {
    let mapped = name.unicodeScalars.map { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            ? Character(scalar) : "_"
    }
    let text = String(mapped)
    return text.first?.isNumber ?? true ? "_" + text : text
}
