import ArgumentParser
import EventLog
import Following
import Identity
import PostgresEventLog
import PostgresViews
import ProgramOutput
import Projection

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compares the running views with views rebuilt from the log at the same sequence number.",
        discussion: "Exits with status 1 if a view differs, and names the first difference, or if a view has stopped.")

    @OptionGroup var instance: Instance

    @Argument(help: "The views to verify. Default: all.")
    var projections: [String] = []

    @OptionGroup var json: JSONFlag

    /// What came of it, for programs.
    private struct Report: Encodable {
        struct View: Encodable {
            /// Nil: it is stored, one for all nodes.
            var node: String?
            var view: String
            var position: Int64
            var isSame: Bool
            var digest: String?
            var difference: String?
            /// Why it goes on no more.
            var stopped: String?
        }

        var isSame = true
        var views: [View] = []

        mutating func add(_ view: View) {
            views.append(view)
            if !view.isSame || view.stopped != nil { isSame = false }
        }
    }

    func run() async throws {
        let report = try await verify()
        if json.isOn { try ProgramOutput.print(report) }
        if !report.isSame { throw ExitCode(1) }
    }

    private func verify() async throws -> Report {
        let log = try instance.log()
        let selection = Selection(projections)
        var report = Report()
        for view in try instance.storedViews() where selection.stored.contains(view.name) {
            let comparison = try await view.compareWithProgress()
            tell(
                "\(view.name) at \(comparison.place.position)", comparison.digest,
                comparison.difference.map { "  \($0)" })
            report.add(
                Report.View(
                    view: view.name, position: comparison.place.position, isSame: comparison.difference == nil,
                    digest: comparison.digest, difference: comparison.difference))
        }
        guard let names = selection.inNodes else { return report }
        var fold = try Fold(names, log: log)
        let wanted = fold.views.map(\.name)
        let token = try instance.adminToken()
        var taken: [(url: String, snapshot: Snapshot)] = []
        for node in try instance.runningNodes() {
            let client = NodeClient(node, token: token)
            for entry in try await client.projections() where wanted.contains(entry.name) {
                taken.append((node.url, try await client.snapshot(of: entry.name)))
                guard let stop = entry.stopped else { continue }
                json.tell("\(node.url) \(entry.name) STOPPED before event \(stop.sequence): \(stop.reason)")
                report.add(
                    Report.View(
                        node: node.url, view: entry.name, position: stop.sequence - 1, isSame: false,
                        stopped: stop.reason))
            }
        }
        // One pass over the log serves them all, in the order of their sequence numbers.
        taken.sort { $0.snapshot.sequence < $1.snapshot.sequence }
        var bar = ProgressBar("verifying", total: taken.last?.snapshot.sequence ?? 0)
        for (url, snapshot) in taken {
            try await fold.advance(to: snapshot.sequence) { bar.update($0) }
            guard let view = fold.view(named: snapshot.projection) else { continue }
            let digest = canonicalDigest(of: view.snapshot().payload)
            let difference = digest == snapshot.digest ? nil : try difference(between: snapshot, and: view)
            tell("\(url) \(snapshot.projection) at \(snapshot.sequence)", digest, difference)
            report.add(
                Report.View(
                    node: url, view: snapshot.projection, position: snapshot.sequence, isSame: difference == nil,
                    digest: digest, difference: difference))
        }
        bar.finish(fold.position)
        return report
    }

    /// One line, and the difference where there is one.
    private func tell(_ place: String, _ digest: String, _ difference: String?) {
        json.tell(difference.map { "\(place): DIFFERS\n\($0)" } ?? "\(place): same (\(digest))")
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
