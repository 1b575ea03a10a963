/// When accepted commands became visible at a replica that is asked again and again for the last sequence number it has
/// applied.
///
/// The resolution is the time between two answers of the replica; what is reported is never earlier than the truth.
struct VisibilityLedger {
    private struct Command {
        var sequence: Int64
        /// Nanoseconds since 1970; nil where the answer did not say.
        var decided: Nanoseconds?
        var answered: Nanoseconds
    }

    /// Sightings that are remembered, for commands that are visible before their caller has the answer.
    private static let sightingsMax = 4096

    private let wallOffset = Clock.wallOffset
    private let window: Load.Window
    private var waiting: [Command] = []
    private var sightings: [(sequence: Int64, at: Nanoseconds)] = []
    private var lastLook: Nanoseconds?
    private var gap = LatencyHistogram()
    private var sinceAnswer = LatencyHistogram()
    private var sinceDecision = LatencyHistogram()
    private var visibleBeforeAnswer = 0

    /// Whether accepted commands are still to be seen.
    var isWaiting: Bool { !waiting.isEmpty }

    init(window: Load.Window) { self.window = window }

    struct Report: Encodable {
        /// From the caller's answer until the replica shows it; none where it did so before.
        var sinceAnswer: LatencyHistogram.Summary?
        /// From the decision, which is before the append, until the replica shows it.
        var sinceDecision: LatencyHistogram.Summary?
        var visibleBeforeAnswer: Int
        var neverSeen: Int
        /// Between two looks at the replica: how exact the rest is.
        var betweenLooks: LatencyHistogram.Summary?
    }

    var report: Report {
        Report(
            sinceAnswer: sinceAnswer.summary, sinceDecision: sinceDecision.summary,
            visibleBeforeAnswer: visibleBeforeAnswer, neverSeen: waiting.count, betweenLooks: gap.summary)
    }

    /// A command was accepted.
    mutating func answered(_ response: ResponseParser.Response, at now: Nanoseconds) {
        guard window.contains(now), let sequence = Self.sequence(response.sequence) else { return }
        let command = Command(
            sequence: sequence, decided: Self.time(of: response.bodyStart, after: Self.placedAt), answered: now)
        guard let last = sightings.last, last.sequence >= sequence else { return waiting.append(command) }
        // The first look that saw it.
        var (low, high) = (0, sightings.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if sightings[middle].sequence >= sequence { high = middle } else { low = middle + 1 }
        }
        seen(command, at: sightings[low].at)
    }

    /// The replica's answer to a look.
    mutating func looked(_ response: ResponseParser.Response, number: [UInt8], at now: Nanoseconds) {
        guard let text = Self.text(in: response.bodyStart, after: number), let sequence = Self.number(text) else {
            return
        }
        if let lastLook, window.contains(now) { gap.record(now - lastLook) }
        lastLook = now
        if let last = sightings.last, sequence <= last.sequence { return }
        if sightings.count >= Self.sightingsMax { sightings.removeFirst(Self.sightingsMax / 2) }
        sightings.append((sequence, now))
        let reached = waiting.filter { $0.sequence <= sequence }
        if reached.isEmpty { return }
        waiting.removeAll { $0.sequence <= sequence }
        for command in reached { seen(command, at: now) }
    }

    private mutating func seen(_ command: Command, at time: Nanoseconds) {
        if time < command.answered { visibleBeforeAnswer += 1 }
        sinceAnswer.record(time - command.answered)
        if let decided = command.decided { sinceDecision.record(time + wallOffset - decided) }
    }

    // MARK: Reading answers

    private static let placedAt = Array("\"placedAt\":\"".utf8)

    /// The number after the dot of `epoch.sequence`.
    private static func sequence(_ token: [UInt8]) -> Int64? {
        guard let dot = token.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        return number(token[(dot + 1)...])
    }

    private static func text(in body: [UInt8], after key: [UInt8]) -> ArraySlice<UInt8>? {
        guard let range = body.firstRange(of: key) else { return nil }
        return body[range.upperBound...].prefix { $0 != 0x22 && $0 != 0x2C && $0 != 0x7D }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? { Int64(String(decoding: digits, as: UTF8.self)) }

    /// RFC 3339 in UTC, as `2026-01-31T12:00:00.123456Z`: only the time of day is read, and put on today's date.
    private static func time(of body: [UInt8], after key: [UInt8]) -> Nanoseconds? {
        guard let text = text(in: body, after: key), text.count >= 20 else { return nil }
        let digits = Array(text)
        func two(_ at: Int) -> Int64? { number(digits[at..<at + 2]) }
        guard let hours = two(11), let minutes = two(14), let seconds = two(17) else { return nil }
        var fraction: Int64 = 0
        if digits[19] == UInt8(ascii: ".") {
            let places = digits[20...].prefix { (0x30...0x39).contains($0) }
            guard var value = number(places), places.count <= 9 else { return nil }
            for _ in places.count..<9 { value *= 10 }
            fraction = value
        }
        let day: Nanoseconds = 86_400_000_000_000
        let wall = Clock.now + Clock.wallOffset
        let midnight = wall - wall % day
        let time = midnight + ((hours * 60 + minutes) * 60 + seconds) * 1_000_000_000 + fraction
        return time > wall + day / 2 ? time - day : time
    }
}
