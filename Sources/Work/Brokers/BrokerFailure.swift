/// Why a broker does not take the log's events, in words for operators.
public struct BrokerFailure: Error, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
