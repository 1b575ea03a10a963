/// A place in the log as clients see it: `epoch.sequence`, e.g. `1.4711`. A client passes back what it was given.
public struct SequenceToken: Hashable, Sendable, CustomStringConvertible {
    /// The generation of the log, from 1.
    public let epoch: Int64
    /// A sequence number; 0 is the empty log.
    public let sequence: Int64

    public init(epoch: Int64, sequence: Int64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// Nil unless `text` is two decimal numbers without sign or leading zero, the first at least 1, both fitting 63 bits.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = Self.number(parts[0]), let sequence = Self.number(parts[1]), epoch >= 1
        else { return nil }
        self.init(epoch: epoch, sequence: sequence)
    }

    public var description: String { "\(epoch).\(sequence)" }

    private static func number(_ digits: some StringProtocol) -> Int64? {
        guard let first = digits.utf8.first, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            first != 48 || digits.utf8.count == 1
        else { return nil }
        return Int64(digits)
    }
}
