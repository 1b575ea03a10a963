import HTTPServer
public import Hummingbird
import Logging
public import Logs
import Text
public import WebAPI

/// From which level on the parts of the node log, and changing that while it runs. Operators only; a restart forgets it.
public struct LogLevelRoutes: Sendable {
    private let levels: LogLevels

    private struct Change: Decodable {
        var level: String
    }

    private static let bodyBytesMax = 1_024

    public init(_ levels: LogLevels) { self.levels = levels }

    /// - Parameter group: `/api/v1` of the listener for operators, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("log-levels") { _, _ in all() }
        group.put("log-levels/{subsystem}") { request, context in try await change(request, context) }
    }

    private func all() -> Response {
        Response.json { json in
            json.object { json in
                json.object("levels") { json in
                    for subsystem in levels.subsystems {
                        json.key(subsystem)
                        json.value(levels[subsystem].rawValue)
                    }
                }
            }
        }
    }

    private func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(Change.self, bytesMax: Self.bodyBytesMax)
        guard let level = Logger.Level(rawValue: body.level) else {
            throw Problem(
                .invalidRequest,
                detail: "The level is one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        guard let subsystem = context.parameters["subsystem"], levels.set(String(subsystem), to: level) else {
            throw Problem(
                .notFound,
                detail: "There is no such subsystem. The node has \(levels.subsystems.joined(separator: ", ")).")
        }
        return all()
    }
}
