import Testing

/// Tests that only talk to a running service share one: two command nodes, each with the views, and a replica of its own.
@Suite(.sharedCluster, .keepingLogs)
enum OneCluster {}

/// What the tests in ``OneCluster`` talk to.
struct SharedCluster: Sendable {
    let cluster: Cluster
    let a: Node
    let b: Node
    let replica: Node

    @TaskLocal static var running: SharedCluster?

    static var current: SharedCluster {
        guard let running else { preconditionFailure("only for tests in OneCluster") }
        return running
    }

    var nodes: [Node] { [a, b, replica] }
}

/// Starts the shared cluster before the suite's first test and ends it after the last.
struct SharedClusterTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Cluster.with { cluster in
            let shared = SharedCluster(
                cluster: cluster, a: cluster.node("a"), b: cluster.node("b"),
                replica: cluster.node("replica", roles: [.query]))
            try await cluster.start(shared.a, shared.b, shared.replica)
            try await SharedCluster.$running.withValue(shared) { try await function() }
        }
    }
}

extension Trait where Self == SharedClusterTrait {
    static var sharedCluster: Self { Self() }
}

extension Trait where Self == IssueHandlingTrait {
    /// Keeps what the nodes of a cluster logged when an issue is recorded while it runs.
    static var keepingLogs: Self {
        .compactMapIssues { issue in
            Cluster.running?.noteFailure()
            return issue
        }
    }
}
