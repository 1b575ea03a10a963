public import SwiftProtobuf

/// A message's bytes with map entries in order: equal messages have equal bytes.
public func canonicalBytes(of message: some Message) -> [UInt8] {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    do {
        return try message.serializedBytes(options: options)
    } catch {
        // Serialising fails only for missing proto2 fields, malformed `Any`s and messages over 2 GiB.
        preconditionFailure("a message that protobuf can't carry: \(error)")
    }
}
