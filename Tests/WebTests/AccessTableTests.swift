import Domain
import Foundation
import HTTPTypes
import Testing
import WebAPI

/// What the API says about who may call what, and what it does.
@Suite struct `The table of who may call what` {
    /// Its rows are of the listener for operators, which the document does not describe.
    private static let operations = ["/api/v1/projections", "/api/v1/log-levels"]

    /// `GET /api/v1/shows` → `everybody`, as `openapi.yaml` has it.
    private func described() throws -> [String: String] {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Web/WebAPI/openapi.yaml")
        var rows: [String: String] = [:]
        var path = "", method = ""
        for line in try String(contentsOf: source, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("  /"), line.hasSuffix(":") { path = String(line.dropFirst(2).dropLast()) }
            if line.hasPrefix("    "), !line.hasPrefix("     "), line.hasSuffix(":") {
                method = line.dropFirst(4).dropLast().uppercased()
            }
            if line.hasPrefix("      x-access: ") { rows["\(method) \(path)"] = String(line.dropFirst(16)) }
        }
        return rows
    }

    @Test func `says what the document says`() throws {
        var described = try described()
        #expect(described.count > 70)
        let exports = described.removeValue(forKey: "GET /api/v1/shows/{id}/exports/{export}.csv")
        for name in ["orders", "tickets", "sales"] {
            described["GET /api/v1/shows/{id}/exports/\(name).csv"] = exports
        }
        var table: [String: String] = [:]
        for row in AccessTable.all where !Self.operations.contains(where: row.route.contains) {
            switch row.access {
            case .everybody: table[row.route] = "everybody"
            case .callers: table[row.route] = "callers"
            case .role(let role): table[row.route] = role.rawValue
            }
        }
        #expect(table == described)
    }

    @Test func `treats HEAD as GET, and knows nothing else`() {
        #expect(AccessTable.access(to: .head, "/api/v1/shows/{id}/orders") == .role(.support))
        #expect(AccessTable.access(to: .put, "/api/v1/shows") == nil)
        #expect(AccessTable.access(to: .get, "/api/v1/nothing") == nil)
    }
}
