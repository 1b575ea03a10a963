import Contract
import Crypto
import Foundation
public import Projection
import SwiftProtobuf

/// A stored copy of a view: its state at one sequence number, in a form that shows any damage.
public struct Snapshot: Equatable, Sendable {
    public var projection: String
    public var formatVersion: Int
    public var epoch: Int64
    public var sequence: Int64
    /// `Projection.encoded`.
    public var payload: [UInt8]

    public init(projection: String, formatVersion: Int, epoch: Int64, sequence: Int64, payload: [UInt8]) {
        self.projection = projection
        self.formatVersion = formatVersion
        self.epoch = epoch
        self.sequence = sequence
        self.payload = payload
    }

    private static let magic = Array("HFSNAP01".utf8)

    /// The file: a magic word, the SHA-256 of the rest, the rest.
    public var encoded: [UInt8] {
        // By hand: a message that holds the payload would be one copy more of what may be large.
        var body = WireWriter(capacity: payload.count + 128)
        body.text(1, projection)
        body.int64(2, Int64(formatVersion))
        body.int64(3, epoch)
        body.int64(4, sequence)
        body.data(5, payload)
        return Self.magic + SHA256.hash(data: body.bytes) + body.bytes
    }

    /// Throws unless `bytes` are exactly what ``encoded`` gave.
    public init(encoded bytes: [UInt8]) throws(ProjectionFault) {
        let header = Self.magic.count + SHA256.byteCount
        guard bytes.count >= header, bytes.starts(with: Self.magic) else { throw ProjectionFault("not a snapshot") }
        let body = bytes[header...]
        guard SHA256.hash(data: body).elementsEqual(bytes[Self.magic.count..<header]) else {
            throw ProjectionFault("damaged: the checksum differs")
        }
        do {
            let message = try Holdfast_V1_Snapshot(serializedBytes: Array(body))
            guard message.epoch >= 0, message.sequence >= 0 else { throw ProjectionFault("a place before the log") }
            self.init(
                projection: message.projection, formatVersion: Int(message.formatVersion), epoch: message.epoch,
                sequence: message.sequence, payload: Array(message.payload))
        } catch {
            throw ProjectionFault("undecodable: \(error)")
        }
    }

    /// SHA-256 of the payload, in lower-case hexadecimal: equal views have equal digests.
    public var digest: String { canonicalDigest(of: payload) }
}
