import AsyncHTTPClient
import Following
import Foundation
import Identity
import NIOCore
import NIOHTTP1

/// The calls of one node's listener for operators.
struct NodeClient {
    private static let answerBytesMax = 1 << 30
    private static let timeout = TimeAmount.seconds(120)
    /// A long log takes its time.
    private static let rebuildTimeout = TimeAmount.hours(24)

    struct Refusal: Error, CustomStringConvertible {
        var description: String
    }

    /// A projection as its node lists it.
    struct Entry: Decodable {
        struct Stop: Decodable {
            var sequence: Int64
            var reason: String
        }
        var name: String
        /// The event that the view can't take in; nil: it goes on.
        var stopped: Stop?
    }

    private struct Listing: Decodable { var projections: [Entry] }

    struct Changeover: Decodable {
        var sequence: Int64
        var digest: String
        var wasIdentical: Bool
    }

    private let url: String
    private let token: String

    init(_ node: LocalInstance.Node, token: String) {
        url = node.operations ?? node.url
        self.token = token
    }

    func projections() async throws -> [Entry] {
        try JSONDecoder().decode(Listing.self, from: Data(try await call("").readableBytesView)).projections
    }

    func snapshot(of projection: String) async throws -> Snapshot {
        try Snapshot(encoded: Array(try await call("/\(projection)/snapshot").readableBytesView))
    }

    /// Returns when the rebuilt view is live.
    func rebuild(_ projection: String) async throws -> Changeover {
        let answer = try await call("/\(projection)/rebuild", .POST, timeout: Self.rebuildTimeout)
        return try JSONDecoder().decode(Changeover.self, from: Data(answer.readableBytesView))
    }

    private func call(
        _ path: String, _ method: HTTPMethod = .GET, timeout: TimeAmount = Self.timeout
    ) async throws -> ByteBuffer {
        var request = HTTPClientRequest(url: "\(url)/api/v1/projections\(path)")
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        let response = try await HTTPClient.shared.execute(request, timeout: timeout)
        let answer = try await response.body.collect(upTo: Self.answerBytesMax)
        guard response.status == .ok else {
            throw Refusal(description: "\(url) answered \(response.status.code): \(String(buffer: answer))")
        }
        return answer
    }
}
