import Foundation
import Prometheus
import Testing

@Suite("The names of metrics")
struct MetricNamesTests {
    private static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("Every metric that the program makes has a help text, and no text is of a metric that nobody makes")
    func catalogue() throws {
        var made = Set(metricHelp.keys.filter { $0.hasPrefix("process_") } + ["metrics_series_dropped"])
        for file in try Self.sources() {
            let text = try String(contentsOf: file, encoding: .utf8)
            let plain = /(?<kind>Counter|Meter|Gauge|Recorder|Timer|makeTimer)\(\s*label: "(?<label>[a-z_]+)"/
            for match in text.matches(of: plain) {
                let suffix =
                    switch match.kind {
                    case "Counter": "_total"
                    case "Timer", "makeTimer": "_seconds"
                    default: ""
                    }
                made.insert(match.label.hasSuffix(suffix) ? String(match.label) : match.label + suffix)
            }
        }
        #expect(made.subtracting(metricHelp.keys).sorted() == [])
        #expect(Set(metricHelp.keys).subtracting(made).sorted() == [])
    }

    @Test("docs/metrics.md lists them all, and no others")
    func documented() throws {
        let text = try String(contentsOf: Self.project.appending(path: "docs/metrics.md"), encoding: .utf8)
        let table = try #require(text.components(separatedBy: "## All metrics").last)
        let listed = table.matches(of: /(?m)^\| `([a-z_]+)` \|/).map { String($0.1) }
        #expect(listed.count == Set(listed).count)
        #expect(Set(listed).symmetricDifference(metricHelp.keys).sorted() == [])
    }

    private static func sources() throws -> [URL] {
        let files = FileManager.default.enumerator(
            at: project.appending(path: "Sources"), includingPropertiesForKeys: nil)
        return try #require(files).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }
}
