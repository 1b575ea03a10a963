public import EventLog
public import HTTPTypes

/// How fresh an answer must be, as the caller asked (`Last-Seen-Sequence`).
public enum Freshness: Equatable, Sendable {
    /// Whatever the replica has.
    case any
    /// At least what this token says.
    case token(LogPosition)
    /// At least the log's head as it was when the request came in: a linearizable read.
    case head

    /// Reads the header `Last-Seen-Sequence`, or else the cookie of that name.
    ///
    /// - Throws: ``Problem/Code/invalidSequence``. Where it was the cookie, the response also clears it: a browser could
    ///   not get rid of a bad one by itself.
    public init(_ headers: HTTPFields) throws(Problem) {
        if let value = headers[.lastSeenSequence] {
            guard let freshness = Freshness(value) else {
                throw Problem(
                    .invalidSequence, detail: "Last-Seen-Sequence must be a token from a Sequence header, or `head`.")
            }
            self = freshness
        } else if let value = Self.cookie(headers) {
            guard let freshness = Freshness(value) else {
                var problem = Problem(
                    .invalidSequence, detail: "The cookie Last-Seen-Sequence was no token; it is cleared now.")
                problem.headers.clearSequenceCookie()
                throw problem
            }
            self = freshness
        } else {
            self = .any
        }
    }

    private init?(_ value: some StringProtocol) {
        if value == "head" {
            self = .head
        } else if let token = LogPosition(value) {
            self = .token(token)
        } else {
            return nil
        }
    }

    /// The token in a request's cookie; nil without one.
    static func cookie(_ headers: HTTPFields) -> Substring? { headers.cookie("Last-Seen-Sequence") }
}

extension HTTPFields {
    /// The value of a request's cookie; nil without one. Of several with this name the first counts.
    public func cookie(_ name: String) -> Substring? {
        guard let cookies = self[.cookie] else { return nil }
        for cookie in cookies.split(separator: ";") {
            let pair = cookie.trimming { $0 == " " }
            guard let equals = pair.firstIndex(of: "="), pair[..<equals] == name else { continue }
            return pair[pair.index(after: equals)...]
        }
        return nil
    }
}

/// How long a read may wait to become as fresh as it was asked to be.
public enum WaitPreference {
    public static let `default` = Duration.seconds(2)
    public static let longest = Duration.seconds(10)

    /// Reads `Prefer: wait=N` (RFC 7240): seconds, cut off at `longest`; `default` without it. Of several the first
    /// counts. What can't be understood is ignored, as RFC 7240 has it.
    public static func timeout(
        _ headers: HTTPFields, default: Duration = WaitPreference.default, longest: Duration = longest
    ) -> Duration {
        guard let preferences = headers[.prefer] else { return `default` }
        for preference in preferences.split(separator: ",") {
            let pair = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimming({ $0 == " " }).lowercased() == "wait" else { continue }
            let digits = pair[1].trimming { $0 == " " || $0 == "\"" }
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return `default` }
            // More digits than an Int has are more than the longest as well.
            return Int(digits).map { min(.seconds($0), longest) } ?? longest
        }
        return `default`
    }
}
