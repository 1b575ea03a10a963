public import EventLog

extension LogPosition {
    private static let epochDigits = 10
    private static let positionDigits = 19

    /// The place as text that sorts as the log does: `0000000001.0000000000000004711`. The attribute `sequence` of CloudEvents.
    public var feedSequence: String {
        Self.padded(epoch, Self.epochDigits) + "." + Self.padded(position, Self.positionDigits)
    }

    /// A token, or the `sequence` of an event; nil for anything else.
    public init?(feedSequence text: some StringProtocol) {
        if let token = LogPosition(text) {
            self = token
            return
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == Self.epochDigits, parts[1].utf8.count == Self.positionDigits,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let epoch = Int64(parts[0]), let position = Int64(parts[1]), epoch >= 1
        else { return nil }
        self.init(epoch: epoch, position: position)
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

extension EpochHistory {
    /// The last place up to `place` that no later epoch has cut off.
    public func surviving(_ place: LogPosition) -> LogPosition {
        let cut = epochs.filter { $0.epoch > place.epoch && $0.startsAfter < place.position }.map(\.startsAfter).min()
        return cut.map { LogPosition(epoch: epoch(of: $0), position: $0) } ?? place
    }

    /// The generation of the log that wrote what is at a sequence number now.
    public func epoch(of position: Int64) -> Int64 {
        // What a later epoch cut off is not there any more.
        epochs.last { $0.startsAfter < position }?.epoch ?? epochs[0].epoch
    }
}
