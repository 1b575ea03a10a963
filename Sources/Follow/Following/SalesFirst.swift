public import Domain
public import EventLog
import Foundation
import Metrics
import Synchronization

/// Leaves the processor to sales in a rush: whoever tells others what happened rests after each piece of work, while the machine is
/// busy, commands wait for each other, and what is to be told is not old.
///
/// A node has one for all that it tells.
public final class SalesFirst: Sendable {
    /// How long to rest, as a multiple of the work before.
    private static let restFactor = 100
    static let restMax = Duration.seconds(3)
    /// Whoever tells what happened less long ago keeps pace.
    private static let newsAgeMax = Duration.milliseconds(250)
    /// What happened longer ago is told in spite of the rush.
    private static let ageMax = Duration.seconds(60)

    private let now: @Sendable () -> Timestamp
    private let processorTime: @Sendable () -> ProcessorTime?
    private let restMax: Duration
    private let appends = Mutex(Appends())
    private let rush = Mutex(Rush())
    private let rests = Gauge(label: "holdfast_telling_rests")

    /// - Parameter now: the time by this machine's clock; events have the database's.
    public convenience init(now: @escaping @Sendable () -> Timestamp) {
        self.init(now: now) {
            FileManager.default.contents(atPath: "/proc/stat").flatMap {
                ProcessorTime(String(decoding: $0, as: UTF8.self))
            }
        }
    }

    /// - Parameters:
    ///   - restMax: how long one rest lasts at most.
    ///   - processorTime: what the kernel says; nil: nothing that is understood, and there is no rush.
    init(
        now: @escaping @Sendable () -> Timestamp, restMax: Duration = SalesFirst.restMax,
        processorTime: @escaping @Sendable () -> ProcessorTime?
    ) {
        self.now = now
        self.restMax = restMax
        self.processorTime = processorTime
        rests.record(0)
    }

    /// This node has appended these events at once; none: it has appended nothing.
    public func appended(_ events: [RecordedEvent]) {
        guard !events.isEmpty else { return }
        // A command's events stand together.
        let commands = zip(events, events.dropFirst()).count { $0.commandID != $1.commandID } + 1
        appends.withLock { $0.add(commands: commands) }
    }

    /// Rests, in a rush, and no longer than it lasts.
    ///
    /// - Parameters:
    ///   - work: how long the work before took.
    ///   - recordedAt: when the oldest event happened that was told last.
    ///   - newsRestMax: how long one rest lasts at most where that is less than a quarter of a second ago; nil: as long as any. For
    ///     those whose work is not cheaper when it waits, and who keep pace with a rush only if they take little of it.
    public func rest(after work: Duration, recordedAt: Timestamp, newsRestMax: Duration? = nil) async {
        func age() -> Duration { .microseconds(now().microseconds - recordedAt.microseconds) }
        let longest = age() < Self.newsAgeMax ? newsRestMax ?? restMax : restMax
        let end = ContinuousClock.now + min(work * Self.restFactor, longest)
        while isRush(), age() < Self.ageMax {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero, !Task.isCancelled else { return }
            await pause(min(left, Rush.interval))
        }
    }

    /// What this node has appended since the last one to ask.
    func takeAppends() -> Appends { appends.withLock { $0.take() } }

    /// Looks, where it is time to.
    func isRush() -> Bool {
        let now = ContinuousClock.now
        guard rush.withLock({ $0.isDue(at: now) }) else { return rush.withLock(\.isOn) }
        // Not under a lock that an append waits for.
        let processor = processorTime()
        let found = takeAppends()
        let isOn = rush.withLock { rush in
            rush.look(at: now, found, processor)
            return rush.isOn
        }
        rests.record(isOn ? 1 : 0)
        return isOn
    }
}

/// What was appended since a look.
struct Appends: Equatable {
    private(set) var count = 0
    private(set) var commands = 0

    mutating func add(commands: Int) {
        count += 1
        self.commands += commands
    }

    mutating func take() -> Appends {
        defer { self = Appends() }
        return self
    }
}

/// How long all cores of the machine have been idle, and how long there have been any, in ticks.
struct ProcessorTime: Equatable {
    var idle: UInt64
    var all: UInt64
}

extension ProcessorTime {
    /// - Parameter stat: `/proc/stat` (proc(5)), which begins with the sum of all cores.
    init?(_ stat: String) {
        let words = stat.prefix { $0 != "\n" }.split(separator: " ")
        // Guests' time is in the first two already.
        let times = words.dropFirst().prefix(8).compactMap { UInt64($0) }
        guard words.first == "cpu", times.count == 8 else { return nil }
        // Waiting for a disk is idle, too.
        self.init(idle: times[3] &+ times[4], all: times.reduce(0, &+))
    }
}

/// Whether sales take all that the machine has: pure; time and what was found are parameters.
struct Rush {
    /// How often it looks.
    static let interval = Duration.milliseconds(100)
    /// With a greater part of the processor time to spare, nobody is in anybody's way. Sales alone never take all: their steps wait
    /// for each other and for the disk.
    static let idlePartMin = 0.35
    /// With fewer commands in an append, hardly any waits for others, whatever keeps the machine busy. A look's mean counts.
    static let commandsPerAppendMin = 10
    /// With fewer appends in an interval, the disk or a standby keeps commands waiting, or nothing does.
    static let appendsMin = 3
    /// So many looks in a row have to find a rush: after a standstill, what has piled up is one for a moment only.
    static let looksToBegin = 2
    /// So many in a row have to find none: sales that wait for the disk for a moment go on at once.
    static let looksToEnd = 10

    private(set) var isOn = false
    private var last: (time: ContinuousClock.Instant, processor: ProcessorTime?)?
    /// When somebody began to look.
    private var begun: ContinuousClock.Instant?
    /// How many looks in a row found the contrary of ``isOn``.
    private var contrary = 0

    /// Whether it is time to look; who asks is the one to do it.
    mutating func isDue(at time: ContinuousClock.Instant) -> Bool {
        if let begun, begun.duration(to: time) < Self.interval { return false }
        begun = time
        return true
    }

    /// - Parameters:
    ///   - appends: those since the look before.
    ///   - processor: nil: it is not known.
    mutating func look(at time: ContinuousClock.Instant, _ appends: Appends, _ processor: ProcessorTime?) {
        defer { last = (time, processor) }
        // Figures of long ago say nothing of now.
        guard let last, let before = last.processor, let processor, processor.all > before.all,
            processor.idle >= before.idle, last.time.duration(to: time) < Self.interval * 20
        else {
            isOn = false
            contrary = 0
            return
        }
        let idle = Double(processor.idle - before.idle) / Double(processor.all - before.all)
        let intervals = last.time.duration(to: time) / Self.interval
        let found =
            idle < Self.idlePartMin && Double(appends.count) >= Double(Self.appendsMin) * intervals
            && appends.commands >= appends.count * Self.commandsPerAppendMin
        contrary = found == isOn ? 0 : contrary + 1
        guard contrary >= (isOn ? Self.looksToEnd : Self.looksToBegin) else { return }
        isOn = found
        contrary = 0
    }
}
