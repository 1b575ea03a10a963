import ArgumentParser
import EventLog
import Following
import Identity
import PostgresEventLog
import PostgresViews
import Projection

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compares the running views with views rebuilt from the log at the same sequence number.",
        discussion: "Exits with status 1 if a view differs, and names the first difference, or if a view has stopped.")

    @OptionGroup var instance: Instance

    @Argument(help: "The views to verify. Default: all.")
    var projections: [String] = []

    func run() async throws {
        let log = try instance.log()
        let selection = Selection(projections)
        var bad = 0
        for view in try instance.storedViews() where selection.stored.contains(view.name) {
            if try await !view.isSame() { bad += 1 }
        }
        guard let names = selection.inNodes else {
            if bad > 0 { throw ExitCode(1) }
            return
        }
        var fold = try Fold(names, log: log)
        let wanted = fold.views.map(\.name)
        let token = try instance.adminToken()
        var taken: [(url: String, snapshot: Snapshot)] = []
        for node in try instance.runningNodes() {
            let client = NodeClient(node, token: token)
            for entry in try await client.projections() where wanted.contains(entry.name) {
                taken.append((node.url, try await client.snapshot(of: entry.name)))
                guard let stop = entry.stopped else { continue }
                bad += 1
                print("\(node.url) \(entry.name) STOPPED before event \(stop.sequence): \(stop.reason)")
            }
        }
        // One pass over the log serves them all, in the order of their sequence numbers.
        taken.sort { $0.snapshot.sequence < $1.snapshot.sequence }
        var bar = ProgressBar("verifying", total: taken.last?.snapshot.sequence ?? 0)
        for (url, snapshot) in taken {
            try await fold.advance(to: snapshot.sequence) { bar.update($0) }
            guard let view = fold.view(named: snapshot.projection) else { continue }
            let digest = canonicalDigest(of: view.snapshot().payload)
            if digest == snapshot.digest {
                print("\(url) \(snapshot.projection) at \(snapshot.sequence): same (\(digest))")
            } else {
                bad += 1
                print("\(url) \(snapshot.projection) at \(snapshot.sequence): DIFFERS")
                print(try difference(between: snapshot, and: view))
            }
        }
        bar.finish(fold.position)
        if bad > 0 { throw ExitCode(1) }
    }

    /// The first line that the two states don't share.
    private func difference(between snapshot: Snapshot, and fold: any FollowingView) throws -> String {
        let live = fold.sibling()
        try live.restore(snapshot.payload, checkpoint: snapshot.sequence)
        let (theirs, ours) = (live.lines, fold.lines)
        let first = zip(theirs, ours).prefix { $0 == $1 }.count
        return """
              node: \(first < theirs.count ? theirs[first] : "(nothing)")
              log:  \(first < ours.count ? ours[first] : "(nothing)")
            """
    }
}
