import CoreMetrics
import Synchronization

/// One time series.
protocol PrometheusInstrument: AnyObject, Sendable {
    /// `counter`, `gauge` or `histogram`.
    static var type: String { get }
    /// Appends the lines of this series.
    func render(_ name: String, _ labels: PrometheusLabels, to text: inout String)
}

final class PrometheusCounter: PrometheusInstrument, CounterHandler {
    static let type = "counter"
    private let value = Atomic<Int64>(0)

    /// Negative amounts are ignored: a counter only goes up.
    func increment(by amount: Int64) {
        if amount > 0 { value.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func render(_ name: String, _ labels: PrometheusLabels, to text: inout String) {
        text += "\(name)\(labels) \(value.load(ordering: .relaxed))\n"
    }
}

/// A value that goes up and down: meters, and recorders that do not aggregate.
final class PrometheusGauge: PrometheusInstrument, MeterHandler, RecorderHandler {
    static let type = "gauge"
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func decrement(by amount: Double) { increment(by: -amount) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    func render(_ name: String, _ labels: PrometheusLabels, to text: inout String) {
        text += "\(name)\(labels) \(prometheusNumber(Double(bitPattern: bits.load(ordering: .relaxed))))\n"
    }
}

/// How often values fell below each of a fixed list of bounds: timers, and recorders that aggregate.
final class PrometheusHistogram: PrometheusInstrument, TimerHandler, RecorderHandler {
    static let type = "histogram"

    private struct State {
        /// Not cumulative; one more than there are bounds.
        var counts: [UInt64]
        var sum = 0.0
    }

    /// Ascending.
    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.counts[index] += 1
            $0.sum += value
        }
    }

    func render(_ name: String, _ labels: PrometheusLabels, to text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var count: UInt64 = 0
        for (index, bound) in (bounds.map(prometheusNumber) + ["+Inf"]).enumerated() {
            count += counts[index]
            text += "\(name)_bucket\(labels.adding("le", bound)) \(count)\n"
        }
        text += "\(name)_sum\(labels) \(prometheusNumber(sum))\n\(name)_count\(labels) \(count)\n"
    }
}

/// What is measured after the limit on series is reached goes here.
final class PrometheusOverflow: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
    func increment(by amount: Int64) {}
    func increment(by amount: Double) {}
    func decrement(by amount: Double) {}
    func set(_ value: Int64) {}
    func set(_ value: Double) {}
    func record(_ value: Int64) {}
    func record(_ value: Double) {}
    func recordNanoseconds(_ duration: Int64) {}
    func reset() {}
}

/// As the text format writes a number: whole ones without a fraction.
func prometheusNumber(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    return number == number.rounded() && number.magnitude < 1e15 ? String(Int64(number)) : String(number)
}
