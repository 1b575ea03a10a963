internal import Domain
internal import Text

/// The log's head as its keeper vouched for it. Whoever keeps one can tell later whether the log still contains what it
/// contained then.
public struct SignedHead: Equatable, Sendable {
    public var head: HashedHead
    public var signature: Signature?

    /// A signature of ``signedText``.
    public struct Signature: Equatable, Sendable {
        /// `EdDSA` (Ed25519) or `ES256`, as JSON Web Signatures name them.
        public var algorithm: String
        /// Tells the keeper's keys apart.
        public var keyID: String
        public var bytes: [UInt8]

        public init(algorithm: String, keyID: String, bytes: [UInt8]) {
            self.algorithm = algorithm
            self.keyID = keyID
            self.bytes = bytes
        }
    }

    public init(head: HashedHead, signature: Signature? = nil) {
        self.head = head
        self.signature = signature
    }

    /// What is signed, in UTF-8: five lines, each with its line feed. They are what the document is, the sequence token, the
    /// number of the last batch, its hash in hexadecimal, and the time in microseconds since 1970-01-01T00:00:00Z.
    public var signedText: String {
        """
        holdfast log head
        \(head.epoch).\(head.position)
        \(head.batch)
        \(head.hash.hex)
        \(head.recordedAt.microseconds)

        """
    }
}
