/// What fits into one message. Senders split what is larger; receivers refuse it before they spend memory on it.
public enum FanoutLimits {
    /// Most bytes of one message. The largest event, a show with 100,000 seats, has about 5 MB, and a batch may hold a
    /// few of them.
    public static let messageBytesMax = 64 * 1024 * 1024
    /// Most events in one message. A byte of wire can claim an event that takes a hundred bytes of memory, so the size
    /// alone bounds nothing.
    public static let eventsPerMessageMax = 65_536
    /// Most characters of an event's type, and of its `traceparent` (55 in version 00, which later versions may extend).
    static let eventTypeLengthMax = 128
    static let traceParentLengthMax = 256
    /// Most commands of one message whose trace is told: more than a batch has.
    static let tracesPerMessageMax = 4_096
}
