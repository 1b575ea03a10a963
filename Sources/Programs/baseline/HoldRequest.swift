import NIOCore
import NIOPosix
import Synchronization

/// The body of `POST /shows/{id}/holds`.
struct HoldRequest: Decodable, Sendable {
    var seats: [String]?
    var areas: [String: Int]?
    var quantity: Int?
    var category: String?

    /// Seats and places together.
    var count: Int { (seats?.count ?? 0) + (areas?.values.reduce(0, +) ?? 0) + (quantity ?? 0) }

    private static let holds = Atomic<Int>(0)

    /// A hold as Holdfast answers it, in JSON. Written by hand: what is measured is the server, not its encoder.
    func answer(show: String) -> String {
        let number = Self.holds.add(1, ordering: .relaxed).newValue
        let seats = (seats ?? []).map { "\"\($0)\"" }.joined(separator: ",")
        let areas = (areas ?? [:]).map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        return """
            {"holdId":"\(show)-\(number)","showId":"\(show)","userId":"user-1","seats":[\(seats)],"areas":{\(areas)},\
            "total":\(count * 7900),"currency":"EUR","placedAt":"2035-01-01T12:00:00.000000Z",\
            "expiresAt":"2035-01-01T12:05:00.000000Z","fencingToken":\(number),"status":"active"}
            """
    }
}

/// Sets places aside, or finds them taken.
protocol HoldTaker: Sendable {
    func take(_ hold: HoldRequest, show: String) async -> Bool
}

struct BareTaker: HoldTaker {
    func take(_ hold: HoldRequest, show: String) async -> Bool { true }
}

/// Stores nothing either, but waits as long as a durable answer has to wait for a disk.
struct TimerTaker: HoldTaker {
    private static let pause = TimeAmount.milliseconds(2)

    func take(_ hold: HoldRequest, show: String) async -> Bool {
        // An event loop's timer costs little and is punctual; Dispatch may take a millisecond more.
        await withCheckedContinuation { continuation in
            MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: Self.pause) { continuation.resume() }
        }
        return true
    }
}
