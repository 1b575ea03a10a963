public import Domain
public import EventLog
public import Following
public import Projection
public import ServiceLifecycle
import Synchronization

/// Callers that wait for the end of an order, told by the replica's own following of the log.
///
/// A caller is registered before its command is submitted, so it misses nothing of a new order. Run it as a service that
/// stops before the HTTP server does: the server waits for its callers, and these are let go here.
public final class OrderWaiters: Service {
    /// Takes the order, once: when it has ended, or as far as it is known when the waiting ends; nil: nothing of it came by.
    /// Called from any thread; must not block.
    public typealias Told = @Sendable (OrderRecord?) -> Void

    /// One caller's waiting for one order.
    public struct Waiter: Sendable {
        fileprivate let order: OrderID
        fileprivate let number: UInt64
    }

    private struct Entry {
        var record: OrderRecord?
        var waiters: [UInt64: Told] = [:]
        var registrations = 0
    }

    private struct State {
        var entries: [OrderID: Entry] = [:]
        var nextWaiter: UInt64 = 0
        var count = 0
        /// Nobody waits any more.
        var isStopped = false

        /// Those who wait for an order, and what they are told; they wait no more.
        mutating func takeWaiters(of id: OrderID) -> [(told: Told, record: OrderRecord?)] {
            guard let entry = entries[id] else { return [] }
            entries[id]?.waiters = [:]
            return entry.waiters.values.map { ($0, entry.record) }
        }
    }

    private let state = Mutex(State())
    private let countMax: Int

    /// - Parameter countMax: callers that may wait at once.
    public init(countMax: Int = 10_000) { self.countMax = countMax }

    /// Works until graceful shutdown, then lets everybody go, and whoever comes later at once.
    public func run() async throws {
        defer { stop() }
        try await gracefulShutdown()
    }

    private func stop() {
        let waiting = state.withLock { state in
            state.isStopped = true
            return state.entries.keys.flatMap { state.takeWaiters(of: $0) }
        }
        for (told, record) in waiting { told(record) }
    }

    // MARK: Callers

    /// Those that are registered.
    var callerCount: Int { state.withLock { $0.count } }

    /// Follows the order from now on, until ``unregister(_:)``. False: too many callers wait.
    public func register(_ id: OrderID) -> Bool {
        state.withLock { state in
            guard state.count < countMax else { return false }
            state.count += 1
            state.entries[id, default: Entry()].registrations += 1
            return true
        }
    }

    public func unregister(_ id: OrderID) {
        state.withLock { state in
            state.count -= 1
            state.entries[id]?.registrations -= 1
            if state.entries[id]?.registrations == 0 { state.entries[id] = nil }
        }
    }

    /// Takes in the state of a registered order from a view. Call it while the view is read, so that no event is missed.
    public func note(_ record: OrderRecord) {
        state.withLock { state in
            guard let known = state.entries[record.orderID] else { return }
            if record.position > known.record?.position ?? 0 { state.entries[record.orderID]?.record = record }
        }
    }

    /// A caller of a registered order, who does not wait yet.
    public func waiter(for id: OrderID) -> Waiter {
        state.withLock { state in
            state.nextWaiter += 1
            return Waiter(order: id, number: state.nextWaiter)
        }
    }

    /// Waits, once, until the order has ended, needs the buyer to act, or ``giveUp(_:)`` is called: whoever waits sees to it that it is. False: there
    /// was nothing to wait for, and `told` has been called.
    ///
    /// - Parameter isOver: whether the waiting ended before it began.
    @discardableResult
    public func wait(_ waiter: Waiter, unless isOver: () -> Bool = { false }, told: @escaping Told) -> Bool {
        let (waits, known) = state.withLock { state -> (Bool, OrderRecord?) in
            guard let entry = state.entries[waiter.order], entry.record?.isForTheCaller != true, !state.isStopped,
                !isOver()
            else { return (false, state.entries[waiter.order]?.record) }
            state.entries[waiter.order]?.waiters[waiter.number] = told
            return (true, nil)
        }
        if !waits { told(known) }
        return waits
    }

    /// Ends a caller's waiting, if it still waits: it is told how far the order got.
    public func giveUp(_ waiter: Waiter) {
        let (told, record) = state.withLock { state in
            (
                state.entries[waiter.order]?.waiters.removeValue(forKey: waiter.number),
                state.entries[waiter.order]?.record
            )
        }
        told?(record)
    }

    /// Waits until a registered order has ended or needs the buyer to act, `timeout` at most, and no longer than the task and its service go on.
    /// Returns the order as far as it is known then; nil: nothing of it came by.
    public func end(of id: OrderID, timeout: Duration) async -> OrderRecord? {
        let waiter = waiter(for: id)
        let isOver = Mutex(false)
        return await withTaskCancellationOrGracefulShutdownHandler {
            await end(waiter, timeout: timeout, isOver: { isOver.withLock { $0 } })
        } onCancelOrGracefulShutdown: {
            // It may come before the waiter does, who then sees this.
            isOver.withLock { $0 = true }
            self.giveUp(waiter)
        }
    }

    private func end(_ waiter: Waiter, timeout: Duration, isOver: @Sendable () -> Bool) async -> OrderRecord? {
        let timer = Mutex<Task<Void, Never>?>(nil)
        defer { timer.withLock { $0 }?.cancel() }
        return await withCheckedContinuation { continuation in
            guard wait(waiter, unless: isOver, told: { continuation.resume(returning: $0) }) else { return }
            // Only now, so that the time can't be up before there is anybody to wake.
            timer.withLock {
                $0 = Task {
                    do {
                        try await Task.sleep(for: timeout)
                    } catch {
                        return  // It ended in time.
                    }
                    self.giveUp(waiter)
                }
            }
        }
    }

    // MARK: The replica

    /// Takes in events that the replica has applied.
    public func applied(_ events: [FollowedEvent]) {
        let ended = state.withLock { state -> [(told: Told, record: OrderRecord?)] in
            guard !state.entries.isEmpty else { return [] }
            var ended: [(told: Told, record: OrderRecord?)] = []
            for followed in events {
                // An event that can't be read stops the views, and the waiting ends with its time.
                guard case .success(let event as ShowEvent) = followed.event else { continue }
                for id in OrderRecord.ids(in: event) {
                    guard var entry = state.entries[id] else { continue }
                    if case .order(.started(let started)) = event {
                        entry.record = OrderRecord(started, show: followed.context.show, at: followed.context.position)
                    } else if let position = entry.record?.position, position < followed.context.position {
                        entry.record?.apply(event, at: followed.context.position)
                    }
                    state.entries[id] = entry
                    if entry.record?.isForTheCaller == true { ended += state.takeWaiters(of: id) }
                }
            }
            return ended
        }
        for (told, record) in ended { told(record) }
    }
}

extension OrderWaiters: LogListener {
    public func applied(_ events: [FollowedEvent], at position: LogPosition) { applied(events) }

    public func entered(epoch: Int64) {}
}

extension OrderRecord {
    /// The purchase came to its end, either way.
    public var hasEnded: Bool { status == .completed || status == .failed }

    /// It has ended, or goes on only when the buyer acts.
    var isForTheCaller: Bool { hasEnded || status == .requiresAction }
}
