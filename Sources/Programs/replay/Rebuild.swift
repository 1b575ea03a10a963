import ArgumentParser
import EventLog
import Following
import Identity
import PostgresEventLog
import PostgresViews

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rebuilds projections from the log and puts them in place of the live ones.",
        discussion: """
            The log is folded beside the running nodes. Then each node takes the new version over: it brings it up to \
            date and swaps it in, in one step and at one sequence number, and says whether it was identical. Nodes that \
            don't run get it as their newest snapshot. Until then nothing is changed, so the rebuild may be stopped at any \
            time.

            Projections: \(Fold.names), and orders, which lives in PostgreSQL: it is built anew in one \
            transaction, and everybody reads what was until that ends.
            """)

    @OptionGroup var instance: Instance

    @Argument(help: "The projections; none: all.")
    var projections: [String] = []

    func run() async throws {
        let log = try instance.log()
        let selection = Selection(projections)
        for view in try instance.storedViews() where selection.stored.contains(view.name) { try await view.rebuild() }
        guard let names = selection.inNodes else { return }
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
        for snapshot in snapshots { print("\(snapshot.projection) at \(snapshot.sequence): \(snapshot.digest)") }
        let token = try instance.adminToken()
        for node in try instance.runningNodes() {
            try await install(snapshots, on: node, token: token)
        }
    }

    private func install(_ snapshots: [Snapshot], on node: LocalInstance.Node, token: String) async throws {
        let client = NodeClient(url: node.url, token: token)
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
            print("\(node.url) does not run: stored as its newest snapshots")
            return
        }
        for snapshot in snapshots where served.contains(snapshot.projection) {
            let result = try await client.changeOver(to: snapshot)
            print(
                "\(node.url) \(snapshot.projection): live at \(result.sequence), "
                    + (result.wasIdentical ? "identical to what it replaced" : "NOT identical to what it replaced")
                    + " (\(result.digest))")
        }
    }
}
