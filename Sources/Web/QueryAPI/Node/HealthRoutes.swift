public import Diagnosis
import EventLog
public import Following
import HTTPServer
public import Hummingbird
import Text
public import WebAPI

/// For load balancers and orchestrators: is the process alive, has it started, and should it get requests. For people: what
/// is the matter with it.
public struct HealthRoutes: Sendable {
    /// How much somebody is told.
    public enum Audience: Sendable {
        /// Callers of the API: yes or no, and no numbers.
        case everybody
        /// Where each view stands, and why one has stopped.
        case operators
    }

    private let replica: Replica
    private let sinks: [any LogSink]
    private let checks: [Check]

    /// Looks at something else. It must not take longer than some seconds.
    public typealias Check = @Sendable () async -> Finding

    /// - Parameters:
    ///   - sinks: everything in this process that follows the log.
    ///   - checks: what else operators are told of.
    public init(replica: Replica, sinks: [any LogSink], checks: [Check] = []) {
        self.replica = replica
        self.sinks = sinks
        self.checks = checks
    }

    public func add(to router: Router<APIContext>, for audience: Audience) {
        router.get("health/live") { _, _ in Response.json { $0.object { $0.member("status", "live") } } }
        router.get("health/ready") { _, _ in
            switch audience {
            case .everybody: try summary()
            case .operators: try details()
            }
        }
        guard audience == .operators else { return }
        router.get("health/startup") { _, _ in
            guard replica.status.hasCaughtUp else { throw Self.notReady }
            return Response.json { $0.object { $0.member("status", "started") } }
        }
        router.get("health/verbose") { _, _ in await findings() }
    }

    /// 200 whatever is found: it is for people, and a probe asks whether the node is ready.
    private func findings() async -> Response {
        let status = replica.status
        var findings = [
            Finding.replica(isReady: status.isReady, hasCaughtUp: status.hasCaughtUp, alarm: status.alarm)
        ]
        findings += sinks.map { sink in
            Finding.view(
                sink.name, behind: max(0, status.head - sink.place.position),
                stop: sink.stop.map { "event \($0.position): \($0.reason)" })
        }
        for check in checks { findings.append(await check()) }
        return Response.json { [findings] json in
            json.object { json in
                json.member("status", findings.worst.rawValue)
                json.array("checks") { json in for finding in findings { json.value(finding) } }
            }
        }
    }

    private func summary() throws(Problem) -> Response {
        guard !sinks.contains(where: { $0.stop != nil }) else {
            throw Problem(
                .projectionStopped, detail: "A view has stopped. The node's operators can see which, and why.")
        }
        guard replica.status.isReady else { throw Self.notReady }
        return Response.json { $0.object { $0.member("status", "ready") } }
    }

    private static let notReady = Problem(
        .notReady, detail: "The views have not caught up with the log.", retryAfterSeconds: 1)

    private func details() throws(Problem) -> Response {
        let status = replica.status
        let stops = sinks.compactMap { sink in sink.stop.map { (name: sink.name, stop: $0) } }
        guard stops.isEmpty else {
            throw Problem(
                .projectionStopped,
                detail: stops.map { "\($0.name) stopped at event \($0.stop.position): \($0.stop.reason)." }
                    .joined(separator: " "),
                members: [
                    Problem.Member(
                        "stopped",
                        .array(
                            stops.map { name, stop in
                                .object([
                                    .init("view", .string(name)), .init("sequence", .integer(stop.position)),
                                    .init("reason", .string(stop.reason)),
                                ])
                            }))
                ])
        }
        guard status.isReady else {
            var problem = Self.notReady
            problem.members = [Problem.Member("head", .integer(status.head))]
            if let alarm = status.alarm {
                problem.detail = "The views are built anew from the log: \(alarm)."
                problem.members.append(Problem.Member("alarm", .string(alarm)))
            }
            throw problem
        }
        return Response.json { json in
            json.object { json in
                json.member("status", "ready")
                json.member("epoch", status.epoch)
                json.member("head", status.head)
                json.object("views") { json in
                    for sink in sinks {
                        json.key(sink.name)
                        json.value(sink.place.position)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ finding: Finding) {
        object { json in
            json.member("check", finding.check)
            json.member("status", finding.status.rawValue)
            json.member("detail", finding.detail)
            if let advice = finding.advice { json.member("advice", advice) }
        }
    }
}
