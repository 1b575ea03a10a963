/// Messages received but not yet decoded, oldest first, bounded in number and bytes. What is too much pushes out the
/// oldest: the newest says where the log is, and the rest can be read from it.
struct Intake {
    let limit: Int
    let bytesMax: Int
    private var messages: [[UInt8]] = []
    /// Where the oldest one is; what is before it was taken.
    private var first = 0
    private var bytes = 0

    init(limit: Int, bytesMax: Int) {
        self.limit = limit
        self.bytesMax = bytesMax
    }

    var count: Int { messages.count - first }
    var isEmpty: Bool { count == 0 }

    /// How many older ones were pushed out. The newest always stays.
    mutating func add(_ message: [UInt8]) -> Int {
        messages.append(message)
        bytes += message.count
        var dropped = 0
        while count > limit || (bytes > bytesMax && count > 1) {
            _ = next()
            dropped += 1
        }
        return dropped
    }

    mutating func next() -> [UInt8]? {
        guard first < messages.count else { return nil }
        let message = messages[first]
        messages[first] = []
        first += 1
        bytes -= message.count
        // Makes room at the front now and then, at a cost that spreads over as many messages.
        if first == messages.count {
            messages.removeAll(keepingCapacity: true)
            first = 0
        } else if first > limit {
            messages.removeFirst(first)
            first = 0
        }
        return message
    }
}
