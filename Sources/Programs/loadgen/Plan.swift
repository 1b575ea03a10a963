/// What to do, as JSON.
struct Plan: Decodable {
    /// Makes the same choices in the same order; default: 1.
    var seed: UInt64?
    /// Load before anything is counted; default: 1.
    var warmupSeconds: Double?
    var seconds: Double
    /// Bearer tokens of the users that requests are sent for, one after the other.
    var tokens: [String]?
    /// Processes whose share of a core is reported.
    var processes: [ProcessPlan]?
    var loads: [LoadPlan]

    static let manual = """
        A plan: {"seconds": S, "warmupSeconds": W, "seed": N, "tokens": […], "processes": [{"name", "pid"}], \
        "loads": [LOAD…]}. All loads run at once, in one thread.

        LOAD: {"name", "host", "port", "connections", "requests": [REQUEST…]} and one of
          nothing: a closed loop; every connection sends its next request when it has the answer to the last.
          "rate": [{"seconds", "from", "to"}…]: an open loop; requests per second, each step constant or a ramp. \
        Requests are planned ahead of time, at random intervals, and sent when a connection is free. Latency counts from \
        the planned time. The last step goes on until the end.
          "follows": "NAME": one request for each 201 of that load, at once, for the same user and with the Sequence \
        that the 201 had as Last-Seen-Sequence.
          "polls": {"every": SECONDS, "number": TEXT}: one request at that interval, on one connection; the number that \
        follows TEXT in the answer is the last sequence number that is visible there, and the time at which the 201s \
        of all loads became visible is reported. Polls go on after the end until all of them are seen, at most 10 s.
        An open loop that falls more than "backlogMax" requests behind (100000) gives those up and says so.

        REQUEST: {"name", "method", "paths": […], "bodies": […], "weight", "isAuthenticated", "isIdempotent", \
        "headers": {}, "userHeaders": {"NAME": [a value for each token]}, "pick": "random" (default) or "sequence", \
        "order": {"name", "paymentMethods": […]}}. Every \
        idempotent request gets a key of its own. One with "order" is a hold: when it is accepted, the same connection \
        buys it for the same user (POST /api/v1/orders) before it does anything else, and the order is reported as a \
        request of its own, whose latency counts from the hold's answer. A closed loop of holds with orders is so many \
        buyers who each hold, pay and begin again; in an open loop see that there are connections enough ("backlogPeak"), \
        for a purchase that waits for one is late as a hold, not as an order.
        """
}

struct ProcessPlan: Decodable {
    var name: String
    /// Its children count too.
    var pid: Int32
}

struct LoadPlan: Decodable {
    struct Polling: Decodable {
        var every: Double
        var number: String
    }

    var name: String
    var host: String?
    var port: UInt16
    var connections: Int
    var requests: [RequestPlan]
    var rate: [RateStep]?
    var follows: String?
    var polls: Polling?
    var backlogMax: Int?
}

struct RequestPlan: Decodable {
    enum Pick: String, Decodable { case random, sequence }

    var name: String
    var method: String
    var paths: [String]
    var bodies: [String]?
    var weight: Double?
    var isAuthenticated: Bool?
    var isIdempotent: Bool?
    var headers: [String: String]?
    /// Of each header a value for every token.
    var userHeaders: [String: [String]]?
    var pick: Pick?
    var order: OrderPlan?
}

/// How what was held is bought.
struct OrderPlan: Decodable {
    var name: String
    /// One after the other.
    var paymentMethods: [String]
}

/// Requests per second, from `from` at its start to `to` at its end.
struct RateStep: Decodable {
    var seconds: Double
    var from: Double
    var to: Double?
}

struct PlanFault: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
