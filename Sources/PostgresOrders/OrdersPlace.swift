public import EventLog
internal import Contract
internal import Domain

/// How far the stored view is, and in which format.
public struct OrdersPlace: Equatable, Sendable {
    /// Epoch 0: nothing is folded in yet.
    public var token: SequenceToken
    /// Of the stored records; 0: there are none yet.
    public var formatVersion: Int

    public init(token: SequenceToken, formatVersion: Int) {
        self.token = token
        self.formatVersion = formatVersion
    }

    /// This program reads and writes what is stored there.
    var isReadable: Bool { formatVersion == OrderRecord.formatVersion }
}
