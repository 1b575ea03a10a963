/// A place in the log: the head, a view's checkpoint, or what a client has seen. Clients get it as a sequence token,
/// `epoch.position`, e.g. `1.4711`, and pass back what they were given.
public struct LogPosition: Hashable, Sendable, CustomStringConvertible {
    /// The generation of the log, from 1.
    public var epoch: Int64
    /// A sequence number in that generation; 0 is the empty log.
    public var position: Int64

    public init(epoch: Int64, position: Int64) {
        self.epoch = epoch
        self.position = position
    }

    /// Nil unless `text` is two decimal numbers without sign or leading zero, the first at least 1, both fitting 63 bits.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = Self.number(parts[0]), let position = Self.number(parts[1]), epoch >= 1
        else { return nil }
        self.init(epoch: epoch, position: position)
    }

    public var description: String { "\(epoch).\(position)" }

    private static func number(_ digits: some StringProtocol) -> Int64? {
        guard let first = digits.utf8.first, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            first != 48 || digits.utf8.count == 1
        else { return nil }
        return Int64(digits)
    }
}
