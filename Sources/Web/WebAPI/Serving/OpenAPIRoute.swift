import Foundation
import HTTPTypes
public import Hummingbird
import NIOCore

/// `GET /openapi.yaml`: what this API takes and answers, for people and for the tools that read OpenAPI.
public struct OpenAPIRoute: Sendable {
    private let document: ByteBuffer

    /// Reads the document, which comes with the executable.
    ///
    /// - Throws: where it can't be read: an installation that lacks a file of its own should not start.
    public init() throws {
        guard let url = Bundle.module.url(forResource: "openapi", withExtension: "yaml") else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "openapi.yaml"])
        }
        document = ByteBuffer(bytes: try Data(contentsOf: url))
    }

    public func add(to router: Router<APIContext>) {
        router.get("openapi.yaml") { _, _ in response }
    }

    private var response: Response {
        // RFC 9512 has the type. A new version may serve another document from one moment to the next.
        Response(
            status: .ok, headers: [.contentType: "application/yaml", .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: document))
    }
}
