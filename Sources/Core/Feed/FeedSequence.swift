public import EventLog

extension LogPosition {
    private static let epochDigits = 10
    private static let positionDigits = 19

    /// The place as text that sorts as the log does: `0000000001.0000000000000004711`. The attribute `sequence` of CloudEvents.
    public var feedSequence: String {
        let length = Self.epochDigits + 1 + Self.positionDigits
        return String(unsafeUninitializedCapacity: length) { text in
            text.initialize(repeating: UInt8(ascii: "0"))
            text[Self.epochDigits] = UInt8(ascii: ".")
            Self.write(epoch, to: text[..<Self.epochDigits])
            Self.write(position, to: text[(Self.epochDigits + 1)..<length])
            return length
        }
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

    /// Writes a number's decimal digits to the end of zeros.
    private static func write(_ number: Int64, to zeros: Slice<UnsafeMutableBufferPointer<UInt8>>) {
        var (rest, index) = (number, zeros.endIndex)
        while rest > 0, index > zeros.startIndex {
            index -= 1
            zeros.base[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
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
