import ArgumentParser
import Catalogue
import DequeModule
import EventLog
import Following
import Projection

/// Folds the log into fresh views.
struct Fold {
    private static let pageEvents: Int64 = 10_000
    /// While one page is folded, the next is decoded, and the one after that comes from the database.
    private static let pagesAhead = 2

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
        var requested = position
        var pages: Deque<Task<[FollowedEvent], any Error>> = []
        defer { pages.forEach { $0.cancel() } }
        while position < target {
            try Task.checkCancellation()
            // The log has no gaps, so it is known where each page begins.
            while pages.count <= Self.pagesAhead, requested < target {
                let end = min(requested + Self.pageEvents, target)
                pages.append(Task { [log, requested] in try await Self.page(log, after: requested, through: end) })
                requested = end
            }
            guard let events = try await pages.popFirst()?.value, let last = events.last?.context.position else {
                throw ValidationError("The log ends at \(position), before \(target).")
            }
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

    /// All events after `position` up to `end`, which may come in parts.
    private static func page(
        _ log: any EventReader, after position: Int64, through end: Int64
    ) async throws -> [FollowedEvent] {
        var events: [FollowedEvent] = []
        var reached = position
        while reached < end {
            let part = try await log.events(after: reached, limit: Int(end - reached))
            guard let last = part.last?.position else { break }
            events += part.lazy.map(FollowedEvent.init)
            reached = last
        }
        return events
    }
}
