import ArgumentParser
import Catalogue
import EventLog
import Following
import Projection

/// Folds the log into fresh views.
struct Fold {
    private static let pageEvents = 10_000

    let log: any EventReader
    private(set) var views: [any FollowingView]
    private(set) var position: Int64 = 0

    static var names: String { Catalogue.inMemory.map(\.name).joined(separator: ", ") }

    /// - Parameter names: of the projections; none: all that nodes have in memory.
    init(_ names: [String], log: any EventReader) throws {
        self.log = log
        views = try (names.isEmpty ? Catalogue.inMemory.map(\.name) : names).map { name in
            guard let view = Catalogue.inMemory.first(where: { $0.name == name })?.makeView() else {
                throw ValidationError("There is no projection “\(name)”; there are \(Self.names).")
            }
            return view
        }
    }

    func view(named name: String) -> (any FollowingView)? { views.first { $0.name == name } }

    /// Folds on up to `target`; calls `progress` after every page. Throws when the log can't be read, or a view stops.
    mutating func advance(to target: Int64, progress: (Int64) -> Void = { _ in }) async throws {
        guard position < target else { return }
        let log = log
        // The next page is read and decoded while this one is folded.
        var next = Task { [position] in try await Self.page(log, after: position, target) }
        defer { next.cancel() }
        while position < target {
            try Task.checkCancellation()
            let events = try await next.value
            guard let last = events.last?.context.position else {
                throw ValidationError("The log ends at \(position), before \(target).")
            }
            if last < target { next = Task { try await Self.page(log, after: last, target) } }
            await withDiscardingTaskGroup { tasks in
                for view in views { tasks.addTask { view.apply(events) } }
            }
            for view in views {
                guard let stop = view.stop else { continue }
                throw ValidationError("\(view.name) stops at event \(stop.position): \(stop.reason)")
            }
            position = last
            progress(position)
        }
    }

    private static func page(
        _ log: any EventReader, after position: Int64, _ target: Int64
    ) async throws -> [FollowedEvent] {
        try await log.events(after: position, limit: Int(min(Int64(pageEvents), target - position)))
            .map(FollowedEvent.init)
    }
}
