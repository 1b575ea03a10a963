import Catalogue
import EventLog
import PostgresViews

/// The projections that were named, by where they live.
struct Selection {
    /// In the memory of nodes; empty: all of these. Nil: none was named.
    let inNodes: [String]?
    /// One for all nodes.
    let stored: [String]

    /// - Parameter names: of projections; none: all.
    init(_ names: [String]) {
        let all = Catalogue.stored.map(\.name)
        let others = names.filter { !all.contains($0) }
        stored = names.isEmpty ? all : names.filter(all.contains)
        inNodes = names.isEmpty || !others.isEmpty ? others : nil
    }
}

extension StoredViewAudit {
    /// Returns the place that it is at.
    func rebuildWithProgress() async throws -> Int64 {
        var bar: ProgressBar?
        let place = try await rebuild { position, total in
            if bar == nil { bar = ProgressBar("rebuilding \(name)", total: total) }
            bar?.update(position)
        }
        bar?.finish(place.position)
        return place.position
    }

    /// Compares what is stored with a fold of the log.
    func compareWithProgress() async throws -> StoredViewComparison {
        var bar: ProgressBar?
        let comparison = try await verify { position, total in
            if bar == nil { bar = ProgressBar("verifying \(name)", total: total) }
            bar?.update(position)
        }
        bar?.finish(comparison.place.position)
        return comparison
    }
}
