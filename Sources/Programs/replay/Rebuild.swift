import ArgumentParser
import EventLog
import Following
import Identity
import PostgresEventLog
import PostgresViews
import ProgramOutput

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rebuilds views from the log and replaces the running ones.",
        discussion: """
            The tool first applies all events of the log to new, empty views while the nodes keep running, to see that \
            it can be done. Then each node does the same for itself, replaces its running view in one step, and reports \
            whether both were identical at that sequence number. For a node that does not run, the tool stores the new \
            view as a snapshot. No view changes before its new one is complete, so you can stop the rebuild at any time.

            Views: \(Fold.names), and orders and show-search, which are stored in PostgreSQL. The tool rebuilds each of \
            these in one transaction; until that commits, readers get the old rows.
            """)

    @OptionGroup var instance: Instance

    @Argument(help: "The views to rebuild. Default: all.")
    var projections: [String] = []

    @OptionGroup var json: JSONFlag

    /// What came of it, for programs.
    private struct Report: Encodable {
        struct View: Encodable {
            var view: String
            var position: Int64
            /// Nil: it is stored.
            var digest: String?
        }

        struct Change: Encodable {
            var node: String
            /// Nil: the node does not run, and all views are stored as its newest snapshots.
            var view: String?
            var position: Int64?
            var digest: String?
            var wasIdentical: Bool?
        }

        var views: [View] = []
        var nodes: [Change] = []
    }

    func run() async throws {
        let report = try await rebuild()
        if json.isOn { try ProgramOutput.print(report) }
    }

    private func rebuild() async throws -> Report {
        let log = try instance.log()
        let selection = Selection(projections)
        var report = Report()
        for view in try instance.storedViews() where selection.stored.contains(view.name) {
            let position = try await view.rebuildWithProgress()
            json.tell("\(view.name): built anew at \(position)")
            report.views.append(Report.View(view: view.name, position: position))
        }
        guard let names = selection.inNodes else { return report }
        var fold = try Fold(names, log: log)
        let head = try await log.head()
        var bar = ProgressBar("rebuilding", total: head.position)
        try await fold.advance(to: head.position) { bar.update($0) }
        bar.finish(head.position)
        let snapshots = fold.views.map { view in
            let (sequence, payload) = view.snapshot()
            return Snapshot(
                projection: view.name, formatVersion: view.formatVersion, epoch: head.epoch, sequence: sequence,
                payload: payload)
        }
        for snapshot in snapshots {
            json.tell("\(snapshot.projection) at \(snapshot.sequence): \(snapshot.digest)")
            report.views.append(
                Report.View(view: snapshot.projection, position: snapshot.sequence, digest: snapshot.digest))
        }
        let token = try instance.adminToken()
        for node in try instance.runningNodes() {
            report.nodes += try await install(snapshots, on: node, token: token)
        }
        return report
    }

    private func install(
        _ snapshots: [Snapshot], on node: LocalInstance.Node, token: String
    ) async throws -> [Report.Change] {
        let client = NodeClient(node, token: token)
        let served: [String]
        do {
            served = try await client.projections().map(\.name)
        } catch let refusal as NodeClient.Refusal {
            throw refusal
        } catch {
            guard let data = instance.data, let folder = node.data else {
                throw ValidationError("\(node.url) can't be reached: \(error)")
            }
            let store = SnapshotStore(directory: "\(data)/\(folder)/snapshots", logger: Instance.logger)
            for snapshot in snapshots { try store.save(snapshot) }
            json.tell("\(node.url) does not run: stored as its newest snapshots")
            return [Report.Change(node: node.url)]
        }
        var changes: [Report.Change] = []
        for snapshot in snapshots where served.contains(snapshot.projection) {
            let result = try await client.rebuild(snapshot.projection)
            json.tell(
                "\(node.url) \(snapshot.projection): live at \(result.sequence), "
                    + (result.wasIdentical ? "identical to what it replaced" : "NOT identical to what it replaced")
                    + " (\(result.digest))")
            changes.append(
                Report.Change(
                    node: node.url, view: snapshot.projection, position: result.sequence, digest: result.digest,
                    wasIdentical: result.wasIdentical))
        }
        return changes
    }
}
