import Crypto

/// The order of a prequeue's entrants, which anybody can compute from what is published.
///
/// An entrant's rank is HMAC-SHA-256(key, hash ‖ entry id); smaller ranks come first. The key is the seeds in the order of
/// the parties, 32 bytes each, and the beacon's randomness; `hash` is the log's hash where the set of entrants was closed.
/// `docs/waiting-room.md` says what that proves, and what it doesn't.
public enum Draw {
    /// The algorithm by the name that the published file gives it.
    public static let algorithm = "HMAC-SHA-256"
    /// Bytes of a seed, of a commitment and of the log's hash.
    public static let seedBytes = 32
    /// Bytes that a beacon's signature has at most.
    public static let signatureBytesMax = 256

    public static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(data: Array(bytes))) }

    /// The places in `ids` in the order of the draw: the first of them is number 1.
    public static func order(of ids: [EntryID], key: [UInt8], hash: [UInt8]) -> [Int] {
        order(of: ids.indices.map(Int32.init), key: key, hash: hash) { index, use in
            var text = ids[Int(index)].rawValue
            text.withUTF8 { use(UnsafeRawBufferPointer($0)) }
        }.map(Int.init)
    }

    /// `entrants` in the order of the draw.
    ///
    /// - Parameter withID: calls its closure with the ASCII characters of an entrant's id.
    public static func order(
        of entrants: [Int32], key: [UInt8], hash: [UInt8],
        withID: (Int32, (UnsafeRawBufferPointer) -> Void) -> Void
    ) -> [Int32] {
        var keyed = HMAC<SHA256>(key: SymmetricKey(data: key))
        keyed.update(data: hash)
        func rank(_ entrant: Int32) -> HMAC<SHA256>.MAC {
            var rank = keyed
            withID(entrant) { id in rank.update(data: id) }
            return rank.finalize()
        }
        // Eight bytes of a rank tell nearly any two apart; the rest is computed again for those that they don't.
        var ranked = entrants.map { entrant in Ranked(start: rank(entrant).start, entrant: entrant) }
        ranked.sort { (a: Ranked, b: Ranked) -> Bool in
            if a.start != b.start { return a.start < b.start }
            return a.entrant != b.entrant && rank(a.entrant).lexicographicallyPrecedes(rank(b.entrant))
        }
        return ranked.map(\.entrant)
    }

    private struct Ranked {
        /// The first eight bytes of the rank, as a big-endian number.
        var start: UInt64
        var entrant: Int32
    }
}

extension HMAC<SHA256>.MAC {
    fileprivate var start: UInt64 { withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) } }
}
