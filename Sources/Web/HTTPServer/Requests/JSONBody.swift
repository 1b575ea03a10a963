import HTTPTypes
public import Hummingbird
public import NIOCore
import Text

/// A request's body: of the right type, whole and within its limit, not decoded yet.
public struct JSONBody: Sendable {
    public let bytes: ByteBuffer
    /// How many values it may have.
    private let valuesMax: Int

    init(bytes: ByteBuffer, bytesMax: Int = .max) {
        self.bytes = bytes
        valuesMax = bytesMax / ServerLimits.bodyBytesPerValue
    }

    /// The bytes without a byte order mark, which files from Windows begin with.
    private var json: [UInt8] {
        let bytes = bytes.readableBytesView
        return Array(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...])
    }

    /// - Throws: ``Problem/Code/bodyTooLarge`` where it has more values than may be; ``Problem/Code/invalidJSON`` where it is no
    ///   JSON; ``Problem/Code/unknownMember`` where it has a member that
    ///   the type has no key for; ``Problem/Code/invalidRequest`` where it is not of this shape. The detail names the place,
    ///   such as `seats[3]`.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws(Problem) -> T {
        let json = json
        guard !json.isEmpty else {
            throw Problem(.invalidJSON, detail: "The body is empty.")
        }
        switch JSONScan.fault(in: json, valuesMax: valuesMax) {
        case .tooMany:
            throw Problem(
                .bodyTooLarge, detail: "The body may have at most \(valuesMax) values.",
                members: [.init("limit", .integer(Int64(valuesMax)))])
        case .tooDeep:
            throw Problem(.invalidJSON, detail: "The body is nested more than \(JSONScan.depthMax) deep.")
        case .notUTF8:
            throw Problem(.invalidJSON, detail: "The body is not UTF-8.")
        case .malformed(let index):
            throw Problem(.invalidJSON, detail: "The body is not valid JSON at byte \(index).")
        case nil: break
        }
        let unknown = UnknownMembers()
        let result = Result { try T(from: BodyDecoder(json, unknown)) }
        switch result {
        case .success(let value):
            if let problem = unknown.problem(besides: nil) { throw problem }
            return value
        case .failure(let error):
            let problem = (error as? DecodingError).map { Problem($0) } ?? error as? Problem ?? Problem(.invalidJSON)
            throw unknown.problem(besides: problem) ?? problem
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
        try checkBodyType()
        return JSONBody(bytes: try await boundedBody(bytesMax: bytesMax), bytesMax: bytesMax)
    }

    /// Reads the body of a request that needs none; nil where it is empty, whatever its type. See ``jsonBody(bytesMax:)``.
    public func jsonBodyIfAny(bytesMax: Int) async throws -> JSONBody? {
        let bytes = try await boundedBody(bytesMax: bytesMax)
        guard bytes.readableBytes > 0 else { return nil }
        try checkBodyType()
        return JSONBody(bytes: bytes, bytesMax: bytesMax)
    }

    private func checkBodyType() throws(Problem) {
        if let type = headers[.contentType], !Self.isJSON(type, isPatch: method == .patch) {
            throw Problem(.unsupportedMediaType, detail: "The body must be application/json in UTF-8.")
        }
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
            throw Problem(.unsupportedMediaType, detail: "The body must not be compressed.")
        }
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

    /// `application/json`; of a patch also `application/merge-patch+json` (RFC 7396). A charset, which JSON has none (RFC 8259,
    /// section 11), may say UTF-8 in any of its spellings; no other parameter is taken.
    private static func isJSON(_ contentType: String, isPatch: Bool) -> Bool {
        if contentType == "application/json" { return true }
        let parts = contentType.lowercased().split(separator: ";", omittingEmptySubsequences: false)
            .map { $0.trimming { $0 == " " || $0 == "\t" } }
        return (parts.first == "application/json" || isPatch && parts.first == "application/merge-patch+json")
            && parts.dropFirst().allSatisfy { parameter in
                guard !parameter.isEmpty else { return true }
                let charset = parameter.dropFirst("charset=".count)
                guard parameter.hasPrefix("charset=") else { return false }
                return ["utf-8", "utf8", "\"utf-8\"", "\"utf8\""].contains(charset)
            }
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
    /// The text without the characters at both ends that `isTrimmed` returns true for.
    func trimming(_ isTrimmed: (Character) -> Bool) -> SubSequence {
        let start = drop(while: isTrimmed)
        guard let last = start.lastIndex(where: { !isTrimmed($0) }) else { return start[start.endIndex...] }
        return start[...last]
    }
}
