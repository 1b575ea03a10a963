public import EventLog

/// How many events to read at once: more with each page, as long as they are small together. A venue's plan may have many
/// megabytes, and a hold has a hundred bytes.
public struct PageLimit: Sendable {
    private static let first = 16
    private static let bytesMax = 8 << 20

    /// How many events the next page may have, at least one.
    public var events = Self.first
    private let eventsMax: Int

    /// - Parameter eventsMax: the most of any page.
    public init(eventsMax: Int) { self.eventsMax = eventsMax }

    /// - Returns: whether the page was full, so that there may be more.
    public mutating func adapt(to page: [RecordedEvent]) -> Bool {
        guard page.count >= events else { return false }
        let bytes = page.reduce(0) { $0 + $1.event.payload.count }
        events = bytes > Self.bytesMax ? max(events / 4, 1) : min(events * 2, eventsMax)
        return true
    }
}
