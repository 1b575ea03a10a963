import Failpoints
import Foundation
import Testing
import TestSupport

extension Faults {
    /// Processes that die under load, at the places where it matters, and are started again. What is checked afterwards is
    /// in ``Cluster/underLoad(buyingAt:checking:pace:_:)``.
    @Suite("Kills")
    struct KillTests {
        @Test(
            "A command node that dies around a commit loses nothing, and every key gets one final answer",
            arguments: [Failpoint.beforeAppend, .afterCommit, .afterPublish])
        func commandNode(place: Failpoint) async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), b = cluster.node("b"), replica = cluster.node("replica", roles: [.query])
                try await cluster.start(a, b, replica)
                try await cluster.underLoad(buyingAt: [a, b], checking: [a, b, replica]) { load in
                    for (victim, pass) in [(a, 20), (b, 7), (a, 1)] {
                        try await victim.kill()
                        let before = load.unknown
                        try await victim.start(dyingAt: place, pass: pass)
                        #expect(try await victim.death(at: "\(place):\(pass)") == 128 + SIGKILL)
                        // Those whose batch it was are left without an answer.
                        try await eventually("somebody got no answer") { load.unknown > before }
                        try await victim.startReady()
                        let answers = try await load.askAgain()
                        // Their commands are in the log, if that is where it died: they are not done a second time.
                        if place != .beforeAppend { #expect(answers.contains { $0.isReplayed }) }
                        try await load.goesOn()
                    }
                }
            }
        }

        /// Both passes are between two views; at the fifth there are older snapshots to fall back on.
        @Test(
            "A replica that dies while it applies, or stores its views, comes back as the fold of the log",
            arguments: [Failpoint.midApply, .midSnapshot], [1, 5])
        func replica(place: Failpoint, pass: Int) async throws {
            try await Cluster.with { cluster in
                let a = cluster.node("a"), b = cluster.node("b")
                let replica = cluster.node("replica", roles: [.query], settings: ["--snapshot-seconds", "1"])
                try await cluster.start(a, b)
                try await cluster.underLoad(buyingAt: [a, b], checking: [a, b, replica]) { load in
                    try await replica.start(dyingAt: place, pass: pass)
                    #expect(try await replica.death(at: "\(place):\(pass)") == 128 + SIGKILL)
                    try await load.goesOn()
                    try await replica.startReady()
                }
            }
        }

        @Test("Every node and PostgreSQL die in one instant, and come back in any order: nothing acknowledged is lost")
        func everything() async throws {
            try await PrivateCluster.with { server in
                try await Cluster.with(server: server.conninfo) { cluster in
                    let a = cluster.node("a"), b = cluster.node("b")
                    let replicas = [cluster.node("r1", roles: [.query]), cluster.node("r2", roles: [.query])]
                    let nodes = [a, b] + replicas
                    for node in nodes { try await node.startReady() }
                    try await cluster.underLoad(buyingAt: [a, b], checking: nodes) { load in
                        for databaseFirst in [true, false] {
                            for process in try server.processes() { kill(process, SIGKILL) }
                            for node in nodes { node.signal(SIGKILL) }
                            for node in nodes { #expect(try await node.exitStatus() == 128 + SIGKILL) }
                            if databaseFirst { try await server.start() }
                            for node in nodes { try await node.start() }
                            if !databaseFirst { try await server.start() }
                            for node in nodes { try await node.ready() }
                            try await load.goesOn()
                        }
                    }
                }
            }
        }
    }
}
