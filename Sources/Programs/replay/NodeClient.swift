import AsyncHTTPClient
import Following
import Foundation
import NIOCore
import NIOHTTP1

/// The admin calls of one node.
struct NodeClient {
    private static let answerBytesMax = 1 << 30
    private static let timeout = TimeAmount.seconds(120)

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

    let url: String
    let token: String

    func projections() async throws -> [Entry] {
        try JSONDecoder().decode(Listing.self, from: Data(try await call("").readableBytesView)).projections
    }

    func snapshot(of projection: String) async throws -> Snapshot {
        try Snapshot(encoded: Array(try await call("/\(projection)/snapshot").readableBytesView))
    }

    func changeOver(to snapshot: Snapshot) async throws -> Changeover {
        let answer = try await call("/\(snapshot.projection)/snapshot", body: snapshot.encoded)
        return try JSONDecoder().decode(Changeover.self, from: Data(answer.readableBytesView))
    }

    private func call(_ path: String, body: [UInt8]? = nil) async throws -> ByteBuffer {
        var request = HTTPClientRequest(url: "\(url)/api/v1/projections\(path)")
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let body {
            request.method = .PUT
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: Self.timeout)
        let answer = try await response.body.collect(upTo: Self.answerBytesMax)
        guard response.status == .ok else {
            throw Refusal(description: "\(url) answered \(response.status.code): \(String(buffer: answer))")
        }
        return answer
    }
}
