import Domain
import Traces

/// The traces of open orders, bounded: an order beyond is not traced.
struct OrderTraces {
    private static let countMax = 1_024

    private var contexts: [OrderID: TraceContext] = [:]

    subscript(id: OrderID) -> TraceContext? { contexts[id] }

    /// An order stays in the trace of whoever placed it.
    mutating func merge(_ others: [OrderID: TraceContext]) {
        for (id, context) in others where contexts[id] == nil && contexts.count < Self.countMax {
            contexts[id] = context
        }
    }

    mutating func forget(_ id: OrderID) { contexts[id] = nil }
}
