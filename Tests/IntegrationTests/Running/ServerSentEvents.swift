import AsyncHTTPClient
import NIOCore

/// A stream of Server-Sent Events, one event at a time.
struct ServerSentEvents {
    struct Event: Equatable, Sendable {
        var id: String?
        var name: String?
        var data: String
    }

    private var bytes: HTTPClientResponse.Body.AsyncIterator
    private var unread = ""

    init(_ body: HTTPClientResponse.Body) { bytes = body.makeAsyncIterator() }

    /// The next event; comments are passed over. Nil: the stream has ended.
    mutating func next() async throws -> Event? {
        while true {
            while let end = unread.firstRange(of: "\n\n") {
                let block = String(unread[..<end.lowerBound])
                unread = String(unread[end.upperBound...])
                if let event = Event(block) { return event }
            }
            guard let more = try await bytes.next() else { return nil }
            unread += String(buffer: more)
        }
    }
}

extension ServerSentEvents.Event {
    /// Nil for a comment.
    init?(_ block: String) {
        self.init(data: "")
        var isEvent = false
        for line in block.split(separator: "\n") where !line.hasPrefix(":") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            isEvent = true
            switch line[..<colon] {
            case "id": id = value
            case "event": name = value
            default: data += value
            }
        }
        guard isEvent else { return nil }
    }
}
