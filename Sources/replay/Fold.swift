import ArgumentParser
import Availability
import EventLog
import HoldExpiries
import MyHolds
import Projecting

/// Folds the log into fresh views.
struct Fold {
    private static let pageEvents = 10_000

    let log: any EventReader
    private(set) var views: [any FollowingView]
    private(set) var position: Int64 = 0

    static let all: [any FollowingView] = [View<Availability>(), View<MyHolds>(), View<HoldExpiries>()]
    static var names: String { all.map(\.name).joined(separator: ", ") }

    /// - Parameter names: of the projections; none: all.
    init(_ names: [String], log: any EventReader) throws {
        self.log = log
        views = try (names.isEmpty ? Self.all.map(\.name) : names).map { name in
            guard let view = Self.all.first(where: { $0.name == name }) else {
                throw ValidationError("There is no projection “\(name)”; there are \(Self.names).")
            }
            return view.sibling()
        }
    }

    func view(named name: String) -> (any FollowingView)? { views.first { $0.name == name } }

    /// Folds on up to `target`; calls `progress` after every page. Throws when the log can't be read, or a view stops.
    mutating func advance(to target: Int64, progress: (Int64) -> Void = { _ in }) async throws {
        guard position < target else { return }
        let log = log
        // The next page is read while this one is folded.
        var next = Task { [position] in try await Self.page(log, after: position, target) }
        while position < target {
            let events = try await next.value
            guard let last = events.last else { throw ValidationError("The log ends at \(position), before \(target).") }
            if last.position < target {
                next = Task { try await Self.page(log, after: last.position, target) }
            }
            let followed = events.map(FollowedEvent.init)
            for view in views {
                view.apply(followed)
                if let stop = view.stop {
                    throw ValidationError("\(view.name) stops at event \(stop.position): \(stop.reason)")
                }
            }
            position = last.position
            progress(position)
        }
    }

    private static func page(
        _ log: any EventReader, after position: Int64, _ target: Int64
    ) async throws -> [RecordedEvent] {
        try await log.events(after: position, limit: Int(min(Int64(pageEvents), target - position)))
    }
}
