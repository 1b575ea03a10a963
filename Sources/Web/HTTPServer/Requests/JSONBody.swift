import Foundation
import HTTPTypes
public import Hummingbird
public import NIOCore
import Text

/// A request's body: of the right type, whole and within its limit, not decoded yet.
public struct JSONBody: Sendable {
    public let bytes: ByteBuffer

    /// - Throws: ``Problem/Code/invalidJSON`` where it is no JSON, ``Problem/Code/invalidRequest`` where it is not of
    ///   this shape; the detail names the place, such as `seats[3]`.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws(Problem) -> T {
        guard bytes.readableBytes > 0 else {
            throw Problem(.invalidJSON, detail: "The body is empty.")
        }
        switch JSONScan.fault(in: bytes.readableBytesView) {
        case .tooDeep:
            throw Problem(.invalidJSON, detail: "The body is nested more than \(JSONScan.depthMax) deep.")
        case .notUTF8:
            throw Problem(.invalidJSON, detail: "The body is not UTF-8.")
        case .malformed(let index):
            throw Problem(.invalidJSON, detail: "The body is not valid JSON at byte \(index).")
        case nil: break
        }
        do {
            return try JSONDecoder().decode(T.self, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw Problem(error)
        } catch {
            throw Problem(.invalidJSON)
        }
    }
}

extension Request {
    /// Reads the body.
    ///
    /// - Parameter bytesMax: how many bytes it may have.
    /// - Throws: ``Problem/Code/unsupportedMediaType`` where it says it is anything but JSON; a body that does not say
    ///   is taken for JSON. ``Problem/Code/bodyTooLarge``, before reading where the length is announced;
    ///   ``Problem/Code/requestTimeout`` (see ``ServerLimits/bodyDeadline``). Errors of the connection as they are.
    public func jsonBody(bytesMax: Int) async throws -> JSONBody {
        if let type = headers[.contentType], !Self.isJSON(type) {
            throw Problem(.unsupportedMediaType, detail: "The body must be application/json in UTF-8.")
        }
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
            throw Problem(.unsupportedMediaType, detail: "The body must not be compressed.")
        }
        return JSONBody(bytes: try await boundedBody(bytesMax: bytesMax))
    }

    /// Reads and decodes the body; see ``jsonBody(bytesMax:)`` and ``JSONBody/decode(_:)``.
    public func json<T: Decodable>(_ type: T.Type = T.self, bytesMax: Int) async throws -> T {
        try await jsonBody(bytesMax: bytesMax).decode(type)
    }

    private func boundedBody(bytesMax: Int) async throws -> ByteBuffer {
        let announced = headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > bytesMax { throw Problem.bodyTooLarge(bytesMax) }
        var whole = ByteBuffer()
        for try await part in body {
            guard whole.readableBytes + part.readableBytes <= bytesMax else { throw Problem.bodyTooLarge(bytesMax) }
            // Most bodies are one part; it is taken as it is.
            if whole.readableBytes == 0 { whole = part } else { whole.writeImmutableBuffer(part) }
        }
        // A lost HTTP/2 connection looks like the end of the body.
        if let announced, announced != whole.readableBytes { throw RequestBodyIncomplete() }
        return whole
    }

    /// `application/json`, with no parameter but `charset=utf-8`.
    private static func isJSON(_ contentType: String) -> Bool {
        if contentType == "application/json" { return true }
        let parts = contentType.lowercased().split(separator: ";", omittingEmptySubsequences: false)
            .map { $0.trimming { $0 == " " || $0 == "\t" } }
        return parts.first == "application/json"
            && parts.dropFirst().allSatisfy { ["", "charset=utf-8", "charset=\"utf-8\""].contains($0) }
    }
}

extension Problem {
    fileprivate static func bodyTooLarge(_ bytesMax: Int) -> Problem {
        Problem(
            .bodyTooLarge, detail: "The body may have at most \(bytesMax) bytes.",
            members: [Member("limit", .integer(Int64(bytesMax)))])
    }
}

extension StringProtocol {
    /// Without what `isTrimmed` holds for at both ends.
    func trimming(_ isTrimmed: (Character) -> Bool) -> SubSequence {
        let start = drop(while: isTrimmed)
        guard let last = start.lastIndex(where: { !isTrimmed($0) }) else { return start[start.endIndex...] }
        return start[...last]
    }
}
