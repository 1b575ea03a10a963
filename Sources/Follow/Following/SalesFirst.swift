public import Domain
import EventLog
import Foundation
import Synchronization

/// Leaves the processor to sales in a rush: whoever tells others what happened rests after each piece of work, while the machine is
/// busy, commands wait for each other, and what is to be told is not old.
///
/// A node has one for all that it tells.
public final class SalesFirst: Sendable {
    /// How long to rest, as a multiple of the work before.
    private static let restFactor = 100
    private static let restMax = Duration.seconds(3)
    /// What happened longer ago is told in spite of the rush.
    private static let ageMax = Duration.seconds(60)

    private let now: @Sendable () -> Timestamp
    private let rush = Mutex(Rush())

    /// - Parameter now: the time that events are recorded at.
    public init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// This node has appended so many events at once; 0: none.
    public func appended(events: Int) {
        if events > 0 { rush.withLock { $0.appended(events: events) } }
    }

    /// Rests, in a rush, and no longer than it lasts.
    ///
    /// - Parameters:
    ///   - work: how long the work before took.
    ///   - recordedAt: when the oldest event happened that was told last.
    public func rest(after work: Duration, recordedAt: Timestamp) async {
        let end = ContinuousClock.now + min(work * Self.restFactor, Self.restMax)
        while isRush, .microseconds(now().microseconds - recordedAt.microseconds) < Self.ageMax {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero, !Task.isCancelled else { return }
            await pause(min(left, Rush.interval))
        }
    }

    private var isRush: Bool {
        rush.withLock { rush in
            rush.look(at: .now, Self.processorTime)
            return rush.isOn
        }
    }

    /// What the kernel says; nil: it says nothing that is understood, and there is no rush.
    private static func processorTime() -> ProcessorTime? {
        FileManager.default.contents(atPath: "/proc/stat").flatMap {
            ProcessorTime(String(decoding: $0, as: UTF8.self))
        }
    }
}

/// How long all cores of the machine have been idle, and how long there have been any, in ticks.
struct ProcessorTime: Equatable {
    var idle: UInt64
    var all: UInt64

    init(idle: UInt64, all: UInt64) {
        self.idle = idle
        self.all = all
    }

    /// - Parameter stat: `/proc/stat` (proc(5)), which begins with the sum of all cores.
    init?(_ stat: String) {
        let words = stat.prefix { $0 != "\n" }.split(separator: " ")
        // Guests' time is in the first two already.
        let times = words.dropFirst().prefix(8).compactMap { UInt64($0) }
        guard words.first == "cpu", times.count == 8 else { return nil }
        // Waiting for a disk is idle, too.
        idle = times[3] &+ times[4]
        all = times.reduce(0, &+)
    }
}

/// Whether sales take all that the machine has: pure; time and the kernel's figures are parameters.
struct Rush {
    /// How often it looks.
    static let interval = Duration.milliseconds(200)
    /// With a greater part of the processor time to spare, nobody is in anybody's way. Sales alone never take all: their steps wait
    /// for each other and for the disk.
    static let idlePartMin = 0.35
    /// With fewer events in an append, hardly any command waits for others, whatever keeps the machine busy. A look's mean counts.
    static let eventsPerAppendMin = 10
    /// With fewer appends in a look, the disk or a standby keeps commands waiting, or nothing does.
    static let appendsMin = 3
    /// So many looks in a row have to find a rush: after a standstill, what has piled up is one for a moment only.
    static let looksToBegin = 2
    /// So many in a row have to find none: sales that wait for the disk for a moment go on at once.
    static let looksToEnd = 5

    private(set) var isOn = false
    private var last: (time: ContinuousClock.Instant, processor: ProcessorTime)?
    private var appends = 0
    private var events = 0
    /// How many looks in a row found the contrary of ``isOn``.
    private var contrary = 0

    mutating func appended(events: Int) {
        appends += 1
        self.events += events
    }

    mutating func look(at time: ContinuousClock.Instant, _ processorTime: () -> ProcessorTime?) {
        guard let last else {
            self.last = processorTime().map { (time, $0) }
            return
        }
        let passed = last.time.duration(to: time)
        guard passed >= Self.interval else { return }
        guard let processor = processorTime() else {
            self.last = nil
            end()
            return
        }
        self.last = (time, processor)
        defer { (appends, events) = (0, 0) }
        // Figures of long ago say nothing of now.
        guard passed < Self.interval * 20, processor.all > last.processor.all, processor.idle >= last.processor.idle
        else {
            end()
            return
        }
        let idle = Double(processor.idle - last.processor.idle) / Double(processor.all - last.processor.all)
        note(
            idle < Self.idlePartMin && appends >= Self.appendsMin && events >= appends * Self.eventsPerAppendMin)
    }

    private mutating func note(_ found: Bool) {
        contrary = found == isOn ? 0 : contrary + 1
        guard contrary >= (isOn ? Self.looksToEnd : Self.looksToBegin) else { return }
        isOn = found
        contrary = 0
    }

    private mutating func end() {
        isOn = false
        contrary = 0
    }
}
