import Foundation
import HTTPTypes
import Testing

@testable import HTTPServer
@testable import WebAPI

@Suite("openapi.yaml")
struct OpenAPITests {
    private let source = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Web/WebAPI/openapi.yaml")

    @Test("It is served as it is in the sources")
    func served() async throws {
        let text = try String(contentsOf: source, encoding: .utf8)
        try await TestServer.run { port in
            let response = try await exchange(port: port, "GET", "/openapi.yaml")
            #expect(response.status == 200)
            #expect(response.headers["content-type"] == "application/yaml")
            #expect(response.body == text)
        }
    }

    @Test("It names every problem there can be, with its status and whether to try again")
    func problems() throws {
        let rows = try String(contentsOf: source, encoding: .utf8).split(separator: "\n").filter {
            $0.hasPrefix("    | `")
        }
        for code in Problem.Code.catalogue {
            let row = try #require(
                rows.first { $0.contains("`\(code)`") && $0.contains("| \(code.status.code) |") }, "\(code)")
            #expect(row.contains("| \(code.status.code) | \(code.retryable ? "yes" : "no") |"), "\(code)")
        }
    }
}
