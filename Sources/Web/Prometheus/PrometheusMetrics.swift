public import CoreMetrics
import Synchronization

/// A swift-metrics backend that keeps everything in memory and writes it in an ``ExpositionFormat``.
///
/// Set up once, before anything makes an instrument: `MetricsSystem.bootstrap(PrometheusMetrics())`. Making the same
/// instrument twice gives the same series; destroying one keeps its series, as counters must not jump back.
///
/// - Counters are called `<label>_total`, timers `<label>_seconds`; a character a name may not have becomes `_`.
/// - Timers, and recorders that aggregate, are histograms of fixed bounds.
public final class PrometheusMetrics: MetricsFactory {
    /// Bounds of timers: from a tenth of a millisecond, as fast as an answer gets, to the ten seconds that a read may wait.
    public static let timerBounds = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// Bounds of recorders of counts, such as the size of a batch.
    public static let recorderBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]

    private struct Family {
        var type: String
        var series: [PrometheusLabels: any PrometheusInstrument] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var seriesCount = 0
        var droppedCount = 0
    }

    private let help: [String: String]
    private let seriesCountMax: Int
    private let state = Mutex(State())
    private let overflow = PrometheusOverflow()

    /// - Parameters:
    ///   - help: what each family means, by its whole name; see ``metricHelp``.
    ///   - seriesCountMax: how many series are kept. More are not measured, and counted as
    ///     `metrics_series_dropped`: a label that takes values from outside must not fill the memory.
    public init(help: [String: String] = metricHelp, seriesCountMax: Int = 10_000) {
        self.help = help
        self.seriesCountMax = seriesCountMax
    }

    /// All series, as the body of an answer to `GET /metrics`.
    ///
    /// - Parameter process: what the system says of the process, read now. Nil: nothing.
    public func render(_ format: ExpositionFormat = .text, process: ProcessReading? = nil) -> String {
        let (families, dropped) = state.withLock { ($0.families, $0.droppedCount) }
        var exposition = Exposition(format)
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            exposition.begin(name, type: family.type, help: help[name])
            for (labels, instrument) in family.series.sorted(by: { $0.key.description < $1.key.description }) {
                instrument.write(name, labels, to: &exposition)
            }
        }
        for sample in process?.samples ?? [] {
            exposition.begin(sample.name, type: sample.type, help: help[sample.name])
            exposition.sample(sample.name, PrometheusLabels([]), prometheusNumber(sample.value))
        }
        let name = "metrics_series_dropped"
        exposition.begin(name, type: PrometheusGauge.type, help: help[name])
        exposition.sample(name, PrometheusLabels([]), String(dropped))
        exposition.end()
        return exposition.text
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(name(label, suffix: "_total"), dimensions) { PrometheusCounter() } ?? overflow
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(name(label), dimensions) { PrometheusGauge() } ?? overflow
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate {
            return series(name(label), dimensions) { PrometheusHistogram(bounds: Self.recorderBounds) } ?? overflow
        }
        return series(name(label), dimensions) { PrometheusGauge() } ?? overflow
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(name(label, suffix: "_seconds"), dimensions) { PrometheusHistogram(bounds: Self.timerBounds) }
            ?? overflow
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: Series

    private func name(_ label: String, suffix: String = "") -> String {
        let name = prometheusName(label)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// The series of a name and labels; nil where there are too many, or the name is taken by another type.
    private func series<Instrument: PrometheusInstrument>(
        _ name: String, _ dimensions: [(String, String)], _ make: () -> Instrument
    ) -> Instrument? {
        let labels = PrometheusLabels(dimensions)
        return state.withLock { state in
            var family = state.families[name] ?? Family(type: Instrument.type)
            if let known = family.series[labels] { return known as? Instrument }
            guard family.type == Instrument.type, state.seriesCount < seriesCountMax else {
                state.droppedCount += 1
                return nil
            }
            let instrument = make()
            family.series[labels] = instrument
            state.families[name] = family
            state.seriesCount += 1
            return instrument
        }
    }
}
