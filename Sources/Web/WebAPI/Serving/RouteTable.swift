import HTTPTypes
import Hummingbird

/// The routes there are, for what the router does not tell: which methods a path has, and which templates to count
/// requests by.
struct RouteTable: Sendable {
    struct Route: Hashable, Sendable {
        /// As the router writes it, e.g. `/api/v1/shows/{id}`.
        var template: String
        var method: HTTPRequest.Method
    }

    let routes: [Route]

    init(_ router: Router<APIContext>) {
        routes = router.routes.map { Route(template: $0.path.description, method: $0.method) }
    }

    /// The methods `path` answers to, for `Allow`; empty where there is no such path.
    func methods(for path: String) -> [String] {
        let segments = path.split(separator: "/")
        return routes.filter { Self.matches(segments, template: $0.template.split(separator: "/")) }
            .map(\.method.rawValue).sorted()
    }

    private static func matches(_ path: [Substring], template: [Substring]) -> Bool {
        for (index, segment) in template.enumerated() {
            if segment == "**" { return true }
            guard index < path.count else { return false }
            let isParameter = segment.hasPrefix("{") || segment.hasPrefix(":") || segment == "*"
            guard isParameter || segment == path[index] else { return false }
        }
        return path.count == template.count
    }
}
