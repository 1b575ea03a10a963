import NIOCore
import NIOHTTP1
import Testing

/// What a node answered.
struct Answer: Sendable, CustomStringConvertible {
    var status: Int
    var headers: HTTPHeaders
    var body: ByteBuffer

    /// The body, where it is JSON; else `null`.
    var json: JSON {
        do { return try JSON(parsing: body.readableBytesView) } catch { return .null }
    }

    var text: String { String(buffer: body) }

    /// A problem's code; nil where the answer is no problem document.
    var code: String? {
        header("Content-Type") == "application/problem+json" ? json["code"]?.text : nil
    }

    /// A problem's word on what became of the command.
    var outcome: String? { json["outcome"]?.text }

    func header(_ name: String) -> String? { headers.first(name: name) }

    var byteCount: Int { body.readableBytes }

    /// The sequence token of the answer.
    var sequence: String? { header("Sequence") }

    var isReplayed: Bool { header("Idempotent-Replayed") == "true" }
    var commandID: String? { header("Command-Id") }

    /// The value of the sequence cookie as a browser would send it back.
    var cookie: String? {
        headers["Set-Cookie"].first { $0.hasPrefix("Last-Seen-Sequence=") && !$0.contains("Max-Age=0") }?.split(
            separator: ";"
        ).first.map(String.init)
    }

    /// Whether it makes a browser forget the sequence cookie.
    var clearsCookie: Bool {
        headers["Set-Cookie"].contains { $0.hasPrefix("Last-Seen-Sequence=;") && $0.contains("Max-Age=0") }
    }

    var description: String { "\(status) \(String(text.prefix(400)))" }
}

/// The number after the dot of a sequence token.
func position(of token: String?) throws -> Int64 {
    let token = try #require(token)
    return try #require(token.split(separator: ".").last.flatMap { Int64($0) })
}
