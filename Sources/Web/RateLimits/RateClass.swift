/// What kind of request a limit is for.
public enum RateClass: String, CaseIterable, Sendable {
    /// What proves who somebody is, or takes proof: to log in, also at an identity provider, to register, to ask for a new
    /// password, to delete an account.
    case auth
    /// To hold places, and to change or extend a hold. Letting go is ``other``: it helps everybody.
    case hold
    /// To pay.
    case checkout
    /// To join a waiting room or a waiting list.
    case join
    /// What everybody may see, and a cache may keep: shows, plans, seat maps, the state of a queue, and their streams.
    case read
    /// Everything else, one's own holds, orders and tickets among it; and the search, which takes PostgreSQL.
    case other
    /// Whatever is asked by scanners, supervisors, support and admins.
    case staff
    /// Whatever is asked with the API keys of one organisation, or by a caller whom the operator named as a service.
    case service
    /// Messages of the payment provider.
    case webhook
    /// Access tokens that turn out not to be good.
    case token
    /// Commands of one caller on what turns out not to be there; each is recorded all the same.
    case miss

    /// Of requests with which somebody gets places, or a place in line, ahead of others.
    public var takesPlaces: Bool { self == .hold || self == .checkout || self == .join }

    /// Requests a minute, of one caller.
    public var perMinuteDefault: Int {
        switch self {
        case .auth: 10
        case .hold, .miss: 20
        case .checkout, .join: 5
        case .read: 600
        case .other: 100
        case .staff: 1_200
        case .service, .webhook: 6_000
        case .token: 300
        }
    }

    /// How many callers' quotas an address has: a whole /24 or /56 may be a stadium, an office or a mobile network. 0: none
    /// is kept for addresses.
    public var addressMultipleDefault: Int {
        switch self {
        // Nobody is known yet, so this is the limit that keeps passwords from being guessed.
        case .auth: 10
        case .hold, .checkout, .other: 50
        // A queue opens for everybody at once.
        case .join: 200
        case .read: 100
        // Those are known by name, and many of them stand behind one door's router.
        case .staff, .service: 0
        // Only callers who are known get so far.
        case .miss: 0
        // Nobody but the address is known.
        case .webhook, .token: 1
        }
    }

    /// The class of a request by its method and its path, without a query; nil: it is never refused.
    ///
    /// Spellings of a path that the router takes for the same are the same here.
    ///
    /// - Parameter hasQuery: whether something is looked for.
    public static func of(method: String, path: Substring, hasQuery: Bool) -> RateClass? {
        var parts = path.split(separator: "/")
        if path.utf8.contains(UInt8(ascii: "%")) { parts = parts.map { decoded($0)[...] } }
        guard parts.starts(with: ["api", "v1"]) else {
            return parts.first == "health" || parts == ["metrics"] ? nil : .read
        }
        let rest = parts.dropFirst(2)
        switch method {
        case "GET", "HEAD", "OPTIONS": return reading(Array(rest), hasQuery: hasQuery)
        case "POST": return posting(Array(rest))
        case "PATCH": return rest.first == "holds" && rest.count == 2 ? .hold : changing(rest)
        default: return changing(rest)
        }
    }

    private static func changing(_ path: ArraySlice<Substring>) -> RateClass { path.first == "auth" ? .auth : .other }

    /// Whether the answer to a request goes on until somebody ends it.
    public static func isStream(method: String, path: Substring) -> Bool {
        method == "GET" && path.split(separator: "/").last.map { decoded($0) == "stream" } ?? false
    }

    /// The show, as its id stands in the path, whose places a request would take, or queue for; nil: none.
    public static func placesTaken(method: String, path: Substring) -> (show: String, isHold: Bool)? {
        guard method == "POST" else { return nil }
        let parts = path.split(separator: "/").map(decoded)
        guard parts.count >= 5, parts.starts(with: ["api", "v1", "shows"]) else { return nil }
        switch Array(parts[4...]) {
        case ["holds"]: return (parts[3], true)
        case ["queue", "entries"], ["waitlist"]: return (parts[3], false)
        default: return nil
        }
    }

    private static func posting(_ path: [Substring]) -> RateClass {
        switch (path.count, path.first, path.last) {
        case (2..., "auth", _): .auth
        case (3, "shows", "holds"), (3, "holds", "extend"): .hold
        case (1, "orders", _): .checkout
        case (4, "shows", "entries"), (3, "shows", "waitlist"): .join
        case (2, "payments", "webhook"): .webhook
        default: .other
        }
    }

    private static func reading(_ path: [Substring], hasQuery: Bool) -> RateClass {
        switch (path.count, path.first) {
        case (1, "shows"), (1, "venues"): hasQuery ? .other : .read
        case (2, "shows"), (2, "venues"), (3, "venues"), (2, "log"): .read
        case (3, "shows"): ["seating-plan", "availability", "queue"].contains(path[2]) ? .read : .other
        case (3, "auth") where path[1] == "openid": .auth
        case (4, "shows"): [["availability", "stream"], ["queue", "draw"]].contains(path[2...]) ? .read : .other
        default: .other
        }
    }

    private static func decoded(_ part: Substring) -> String {
        guard part.utf8.contains(UInt8(ascii: "%")) else { return String(part) }
        var bytes: [UInt8] = []
        var rest = part.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16),
                rest.count >= 2
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
