import Domain
import Failpoints
import Metrics
import Traces
import Tracing

/// Performs the machine's calls at the provider: each when what it is based on is durable, if that matters to it.
struct ProviderCalls: Sendable {
    private let provider: any PaymentProvider
    let barrier: DurabilityBarrier

    private let traces: SpanRecorder?

    /// - Parameter traces: where the spans of traced orders' calls go; nil: nothing is traced.
    init(_ provider: any PaymentProvider, _ barrier: DurabilityBarrier, traces: SpanRecorder?) {
        self.traces = traces
        self.provider = provider
        self.barrier = barrier
    }

    /// - Parameter parent: the trace of the order; nil: it is not traced. The provider is not told of it.
    func perform(
        _ call: PaymentMachine.ProviderCall, under parent: TraceContext?
    ) async -> Result<PaymentMachine.Answer, PaymentError> {
        do throws(PaymentError) {
            if call.call.needsDurableLog { try await waitUntilDurable(call.seenAt) }
            Failpoint.before(call.call)?.pass()
            let answer = try await traced(call, under: parent)
            Failpoint.after(call.call)?.pass()
            return .success(answer)
        } catch {
            return .failure(error)
        }
    }

    private func traced(
        _ call: PaymentMachine.ProviderCall, under parent: TraceContext?
    ) async throws(PaymentError) -> PaymentMachine.Answer {
        let span = parent.flatMap { traces?.start("payment \(call.call.name)", ofKind: .client, under: $0) }
        defer { span?.end() }
        span?.set("holdfast.order", .string(call.order.rawValue))
        do throws(PaymentError) {
            return try await measured(call.call)
        } catch {
            span?.fail(error.kind)
            throw error
        }
    }

    private func measured(_ call: PaymentMachine.Call) async throws(PaymentError) -> PaymentMachine.Answer {
        let name = [("call", call.name)]
        let inFlight = Meter(label: "holdfast_payments_calls_in_flight", dimensions: name)
        inFlight.increment()
        defer { inFlight.decrement() }
        // Made before the first failure, so that it is seen as a rise.
        let failures = Counter(label: "holdfast_payments_call_failures", dimensions: name)
        let began = ContinuousClock.now
        defer {
            Timer(label: "holdfast_payments_call_duration", dimensions: name).record(duration: began.duration(to: .now))
        }
        do throws(PaymentError) {
            return try await answer(to: call)
        } catch {
            failures.increment()
            throw error
        }
    }

    private func waitUntilDurable(_ position: Int64) async throws(PaymentError) {
        do {
            try await barrier.wait(for: position)
        } catch {
            throw .unavailable("the log is not known to be durable: \(error)")
        }
    }

    private func answer(to call: PaymentMachine.Call) async throws(PaymentError) -> PaymentMachine.Answer {
        switch call {
        case .authorize(let payment): return .state(try await provider.authorize(payment))
        case .find(let payment): return try await provider.find(payment).map(PaymentMachine.Answer.state) ?? .notFound
        case .close(let payment): return .state(try await provider.close(payment))
        case .capture(let id): return .state(try await provider.capture(id))
        case .void(let id): return .state(try await provider.void(id))
        case .refund(let id, let refundID, let amount):
            try await provider.refund(id, refundID, amount: amount)
            return .refunded
        case .books(let id): return .books(try await provider.books(of: id).ledger)
        }
    }
}

extension PaymentMachine.Call {
    /// As metrics have it.
    fileprivate var name: String {
        switch self {
        case .authorize: "authorize"
        case .find: "find"
        case .close: "close"
        case .capture: "capture"
        case .void: "void"
        case .refund: "refund"
        case .books: "books"
        }
    }
}

extension PaymentError {
    /// As spans have it.
    fileprivate var kind: String {
        switch self {
        case .unknown: "unknown"
        case .undecided: "undecided"
        case .unavailable: "unavailable"
        case .refused: "refused"
        }
    }
}

extension Failpoint {
    fileprivate static func before(_ call: PaymentMachine.Call) -> Failpoint? {
        switch call {
        case .authorize: .beforeAuthorize
        case .find: nil
        case .close: .beforeClose
        case .capture: .beforeCapture
        case .void: .beforeVoid
        case .refund: .beforeRefund
        case .books: nil
        }
    }

    fileprivate static func after(_ call: PaymentMachine.Call) -> Failpoint? {
        switch call {
        case .authorize: .afterAuthorize
        case .find: nil
        case .close: .afterClose
        case .capture: .afterCapture
        case .void: .afterVoid
        case .refund: .afterRefund
        case .books: nil
        }
    }
}
