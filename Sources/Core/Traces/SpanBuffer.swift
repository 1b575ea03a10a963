import DequeModule
import Metrics
import Synchronization

/// The finished spans that nobody has exported yet. Beyond its bound new ones are dropped and counted: whoever works waits
/// for no backend.
public final class SpanBuffer: Sendable {
    /// Why a span was lost, as the metric says.
    public enum Loss: String, CaseIterable, Sendable {
        /// The buffer is full: the backend is slower than the node, or away.
        case full
        /// The backend was away for all tries, or the node stops.
        case unsent
        /// The backend does not want it.
        case refused
    }

    /// A span of the product has about 500 bytes.
    public static let countMaxDefault = 8_192

    private let countMax: Int
    private let spans = Mutex<Deque<FinishedSpan>>([])
    private let lost = Loss.allCases.map {
        Counter(label: "holdfast_trace_spans_dropped", dimensions: [("reason", $0.rawValue)])
    }

    public init(countMax: Int = countMaxDefault) {
        self.countMax = countMax
        for counter in lost { counter.increment(by: 0) }
    }

    public var count: Int { spans.withLock(\.count) }

    func add(_ span: FinishedSpan) {
        let isFull = spans.withLock { spans in
            guard spans.count < countMax else { return true }
            spans.append(span)
            return false
        }
        if isFull { drop(1, .full) }
    }

    /// Takes the oldest, at most so many.
    public func take(_ limit: Int) -> [FinishedSpan] {
        spans.withLock { spans in
            let taken = Array(spans.prefix(limit))
            spans.removeFirst(taken.count)
            return taken
        }
    }

    /// Counts spans that will reach no backend.
    public func drop(_ count: Int, _ loss: Loss) {
        guard count > 0, let index = Loss.allCases.firstIndex(of: loss) else { return }
        lost[index].increment(by: count)
    }
}
