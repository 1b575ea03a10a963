public import HTTPServer
public import HTTPTypes
public import Identity
public import NIOCore
public import Traces

/// A kind of request that the fast lane may take, and what it does with one.
public struct LaneRoute: Sendable {
    /// What there is of a request.
    public struct Call: Sendable {
        public var head: HTTPRequest
        /// Without a query, as it was sent.
        public var path: String
        /// The first id in the path; empty: the path has none.
        public var id: String
        /// The second; empty: the path has one or none.
        public var innerID: String
        /// Nil: the caller sent no token.
        public var principal: Principal?
        public var body: ByteBuffer
        /// What the header `Admission` says; nil: there is none.
        public var admission: String?
        /// The request's span; nil: it is not traced.
        public var span: TraceSpan?
    }

    /// What becomes of a request.
    public enum Answer {
        case now(WholeResponse)
        /// Called at once, on the event loop; the reply is sent later.
        case later((LaneReply) -> Void)
    }

    let method: HTTPRequest.Method
    let path: LanePath
    /// What the caller must be, at least; nil: anybody may call it.
    let role: Principal.Role?
    let hasBody: Bool
    let waits: Bool
    let takesAdmission: Bool
    let answer: @Sendable (Call) -> Answer?

    /// - Parameters:
    ///   - path: below `/api/v1/`, as the router writes it: with `{id}` and another id, with `{id}`, or without.
    ///   - role: what the caller must be, at least; nil: anybody may call it, and a token is checked where there is one.
    ///   - hasBody: whether a request has a body.
    ///   - waits: whether a request may say how long it waits, with `Prefer`; of other routes it passes by.
    ///   - takesAdmission: whether a request may have the header `Admission`; of other routes it passes by.
    ///   - answer: nil where anything is not plainly in order, or not to be had at once: the router's way decides.
    public init(
        _ method: HTTPRequest.Method, _ path: String, by role: Principal.Role?, hasBody: Bool = false,
        waits: Bool = false, takesAdmission: Bool = false, answer: @escaping @Sendable (Call) -> Answer?
    ) {
        self.method = method
        self.path = LanePath(path)
        self.role = role
        self.hasBody = hasBody
        self.waits = waits
        self.takesAdmission = takesAdmission
        self.answer = answer
    }
}

/// The paths of one route, each in the one spelling that needs no decoding.
struct LanePath: Sendable {
    /// As the router writes it.
    let template: String
    /// What stands before, between and after the ids.
    private let pieces: [String]

    init(_ path: String) {
        template = "/api/v1/\(path)"
        pieces = template.split(separator: "{", omittingEmptySubsequences: false).enumerated().map { index, part in
            index == 0 ? String(part) : String(part.drop { $0 != "}" }.dropFirst())
        }
        precondition(pieces.count <= 3, "the path of a lane's route has at most two ids")
    }

    /// The ids in a path of this form; empty where the form has none.
    func ids(in path: String) -> (first: String, second: String)? {
        var rest = path.utf8[...]
        guard rest.starts(with: pieces[0].utf8) else { return nil }
        rest = rest.dropFirst(pieces[0].utf8.count)
        var ids = (first: rest.prefix(0), second: rest.prefix(0))
        for index in 1..<pieces.count {
            let id = rest.prefix(while: Self.isPlain)
            rest = rest[id.endIndex...]
            guard !id.isEmpty, rest.starts(with: pieces[index].utf8) else { return nil }
            rest = rest.dropFirst(pieces[index].utf8.count)
            if index == 1 { ids.first = id } else { ids.second = id }
        }
        guard rest.isEmpty else { return nil }
        return (String(Substring(ids.first)), String(Substring(ids.second)))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"): false
        default: (0x21...0x7E).contains(byte)
        }
    }
}
