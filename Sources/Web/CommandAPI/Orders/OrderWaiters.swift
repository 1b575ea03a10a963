public import Domain
public import EventLog
public import Following
public import Projection
import ServiceLifecycle
import Synchronization

/// Callers that wait for the end of an order, told by the replica's own following of the log.
///
/// A caller is registered before its command is submitted, so it misses nothing of a new order.
public final class OrderWaiters: Sendable {
    private struct Entry {
        var record: OrderRecord?
        var waiters: [UInt64: CheckedContinuation<OrderRecord?, Never>] = [:]
        var registrations = 0
    }

    private struct State {
        var entries: [OrderID: Entry] = [:]
        var nextWaiter: UInt64 = 0
        var count = 0
    }

    private let state = Mutex(State())
    private let countMax: Int

    /// - Parameter countMax: callers that may wait at once.
    public init(countMax: Int = 10_000) { self.countMax = countMax }

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

    /// Waits until a registered order has ended, `timeout` at most, and no longer than the task and its service go on.
    /// Returns the order as far as it is known then; nil: nothing of it came by.
    public func end(of id: OrderID, timeout: Duration) async -> OrderRecord? {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let isOver = Mutex(false)
        return await withTaskCancellationOrGracefulShutdownHandler {
            await wait(number, for: id, timeout: timeout, isOver: { isOver.withLock { $0 } })
        } onCancelOrGracefulShutdown: {
            // It may come before the waiter does, who then sees this.
            isOver.withLock { $0 = true }
            self.giveUp(number, on: id)
        }
    }

    private func wait(
        _ number: UInt64, for id: OrderID, timeout: Duration, isOver: @Sendable () -> Bool
    ) async -> OrderRecord? {
        let timer = Mutex<Task<Void, Never>?>(nil)
        defer { timer.withLock { $0 }?.cancel() }
        return await withCheckedContinuation { continuation in
            let (waits, known) = state.withLock { state -> (Bool, OrderRecord?) in
                guard let entry = state.entries[id], entry.record?.hasEnded != true, !isOver() else {
                    return (false, state.entries[id]?.record)
                }
                state.entries[id]?.waiters[number] = continuation
                return (true, nil)
            }
            guard waits else { return continuation.resume(returning: known) }
            // Only now, so that the time can't be up before there is anybody to wake.
            timer.withLock {
                $0 = Task {
                    do {
                        try await Task.sleep(for: timeout)
                    } catch {
                        return  // It ended in time.
                    }
                    self.giveUp(number, on: id)
                }
            }
        }
    }

    private func giveUp(_ number: UInt64, on id: OrderID) {
        let (waiter, record) = state.withLock { state in
            (state.entries[id]?.waiters.removeValue(forKey: number), state.entries[id]?.record)
        }
        waiter?.resume(returning: record)
    }

    /// Takes in events that the replica has applied.
    public func applied(_ events: [FollowedEvent]) {
        let ended = state.withLock { state -> [(CheckedContinuation<OrderRecord?, Never>, OrderRecord)] in
            guard !state.entries.isEmpty else { return [] }
            var ended: [(CheckedContinuation<OrderRecord?, Never>, OrderRecord)] = []
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
                    if let record = entry.record, record.hasEnded {
                        ended += entry.waiters.values.map { ($0, record) }
                        entry.waiters = [:]
                    }
                    state.entries[id] = entry
                }
            }
            return ended
        }
        for (waiter, record) in ended { waiter.resume(returning: record) }
    }
}

extension OrderWaiters: LogListener {
    public func applied(_ events: [FollowedEvent], at position: LogPosition) { applied(events) }

    public func entered(epoch: Int64) {}
}

extension OrderRecord {
    /// The purchase came to its end, either way.
    public var hasEnded: Bool { status == .completed || status == .failed }
}
