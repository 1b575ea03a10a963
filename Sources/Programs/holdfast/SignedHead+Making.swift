import EventLog
import Foundation
import Identity
import PostgresEventLog

extension SignedHead {
    /// The log's head as it is now, signed if there is a key.
    ///
    /// - Throws: ``UnsettledHead`` where nobody can vouch for it, `LogError` where the log can't be read.
    static func make(of log: PostgresEventLog, signedWith key: DocumentSigningKey?) async throws -> SignedHead {
        guard let head = try await HashedHead.durable(in: log, vouchedForBy: log.readBarrier) else {
            throw UnsettledHead()
        }
        return try key.map { try SignedHead(head, signedWith: $0) } ?? SignedHead(head: head)
    }

    init(_ head: HashedHead, signedWith key: DocumentSigningKey) throws {
        self.init(head: head)
        signature = Signature(
            algorithm: key.algorithm, keyID: key.keyID, bytes: try key.signature(for: signedText))
    }

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }
}

/// No head that a barrier vouched for was found.
struct UnsettledHead: Error, CustomStringConvertible {
    var description: String {
        "The log's head is of another epoch than the primary's, or beyond it, so nobody can vouch for it: a failover "
            + "is under way, or --postgres-url leads to a server that is not the primary."
    }
}
