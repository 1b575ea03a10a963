public import CoreMetrics
import Foundation
import Synchronization

/// One time series.
protocol PrometheusInstrument: AnyObject, Sendable {
    /// `counter`, `gauge` or `histogram`.
    static var type: String { get }
    /// Appends the lines of this series.
    func write(_ name: String, _ labels: PrometheusLabels, to exposition: inout Exposition)
}

final class PrometheusCounter: PrometheusInstrument, CounterHandler {
    static let type = "counter"
    private let value = Atomic<Int64>(0)

    /// Negative amounts are ignored: a counter only goes up.
    func increment(by amount: Int64) {
        if amount > 0 { value.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: PrometheusLabels, to exposition: inout Exposition) {
        exposition.sample(name, labels, String(value.load(ordering: .relaxed)))
    }
}

/// A number that several threads add to.
struct AtomicDouble: ~Copyable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}

/// A value that goes up and down: meters, and recorders that do not aggregate.
final class PrometheusGauge: PrometheusInstrument, MeterHandler, RecorderHandler {
    static let type = "gauge"
    private let number = AtomicDouble()

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { number.set(value) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { number.add(amount) }
    func decrement(by amount: Double) { number.add(-amount) }

    func write(_ name: String, _ labels: PrometheusLabels, to exposition: inout Exposition) {
        exposition.sample(name, labels, prometheusNumber(number.value))
    }
}

/// A timer that keeps, for each bucket, the latest measurement that was part of a trace.
public protocol ExemplarTimer: TimerHandler {
    /// - Parameter traceID: of a trace that is recorded somewhere; 32 hexadecimal digits.
    func recordNanoseconds(_ duration: Int64, traceID: String)
}

/// Counts of values by a fixed list of bounds: timers, and recorders that aggregate. Recording takes no lock.
final class PrometheusHistogram: PrometheusInstrument, TimerHandler, RecorderHandler, ExemplarTimer {
    static let type = "histogram"

    private final class Bucket: Sendable {
        /// Not cumulative.
        let count = Atomic<UInt64>(0)
        let exemplar = Mutex<Exemplar?>(nil)
    }

    /// Ascending.
    private let bounds: [Double]
    /// One more than there are bounds.
    private let buckets: [Bucket]
    private let sum = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Bucket() }
    }

    func record(_ value: Int64) { _ = add(Double(value)) }
    func record(_ value: Double) { _ = add(value) }
    func recordNanoseconds(_ duration: Int64) { _ = add(Double(duration) / 1e9) }

    func recordNanoseconds(_ duration: Int64, traceID: String) {
        let value = Double(duration) / 1e9
        let exemplar = Exemplar(traceID: traceID, value: value, time: Date().timeIntervalSince1970)
        add(value)?.exemplar.withLock { $0 = exemplar }
    }

    /// Nil: it is no number that can be counted.
    private func add(_ value: Double) -> Bucket? {
        guard value.isFinite else { return nil }
        let bucket = buckets[bounds.firstIndex { value <= $0 } ?? bounds.count]
        bucket.count.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
        return bucket
    }

    func write(_ name: String, _ labels: PrometheusLabels, to exposition: inout Exposition) {
        var count: UInt64 = 0
        for (bucket, bound) in zip(buckets, bounds + [.infinity]) {
            count += bucket.count.load(ordering: .relaxed)
            exposition.sample(
                name + "_bucket", labels.adding("le", exposition.bound(bound)), String(count),
                bucket.exemplar.withLock { $0 })
        }
        exposition.sample(name + "_sum", labels, prometheusNumber(sum.value))
        exposition.sample(name + "_count", labels, String(count))
    }
}

/// Discards measurements beyond the limit on series.
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

/// A number in the text format: whole ones without a fraction.
func prometheusNumber(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    return number == number.rounded() && number.magnitude < 1e15 ? String(Int64(number)) : String(number)
}
