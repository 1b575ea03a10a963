import Contract
import Domain
public import Logging
import Projection
public import Traces

/// Writes what happens in a sale to the service's log, once for each event of this node's own commits: what operators look
/// for by show and order. Holds are not among it; a rush has thousands a second.
public struct SaleLog: Sendable {
    private let traces: EventTraces?
    private let logger: Logger

    /// - Parameter traces: say which events belong to traces; nil: nothing is traced.
    public init(traces: EventTraces?, logger: Logger) {
        self.traces = traces
        self.logger = logger
    }

    func note(_ event: any DomainEvent, _ context: EventContext) {
        guard let event = event as? ShowEvent else { return }
        switch event {
        case .created: write(.notice, "show created", context)
        case .cancelled: write(.notice, "show cancelled", context)
        case .order(let event): note(event, context)
        case .changed, .hold, .places, .allocations, .admission, .ticket, .waitlist: break
        }
    }

    private func note(_ event: OrderEvent, _ context: EventContext) {
        let order = event.orderID
        switch event {
        case .sold: write(.info, "order completed", context, order)
        case .failed(let failed): write(.info, "order failed", context, order, reason: failed.reason.word)
        case .parked(let parked): write(.error, "payment parked", context, order, reason: parked.reason)
        case .resumed: write(.notice, "payment resumed", context, order)
        case .started, .captured, .voided, .refunded, .returned, .swapped, .money: break
        }
    }

    private func write(
        _ level: Logger.Level, _ message: Logger.Message, _ context: EventContext, _ order: OrderID? = nil,
        reason: String? = nil
    ) {
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "show": .string(context.stream.rawValue), "position": .stringConvertible(context.position),
        ]
        if let order { metadata["order"] = .string(order.rawValue) }
        if let reason { metadata["reason"] = .string(reason) }
        if let trace = traces?[context.position] { metadata["trace"] = .string(trace.traceID.description) }
        logger.log(level: level, message, metadata: metadata)
    }
}

extension PurchaseFailed.Reason {
    /// The provider's code for a refusal is one of its own words, such as `insufficient_funds`.
    fileprivate var word: String {
        switch self {
        case .declined(let code): "declined: \(code)"
        case .expired: "expired"
        case .showCancelled: "show cancelled"
        case .abandoned: "abandoned"
        }
    }
}
