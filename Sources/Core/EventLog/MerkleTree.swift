internal import Crypto

/// The hash trees of RFC 9162, section 2.1, over leaves whose SHA-256 hashes are given. The RFC's prefixes keep leaves and
/// inner nodes apart: the hash of a leaf covers a zero byte and the leaf, the hash of a node a one byte and its children.
public enum MerkleTree {
    /// Bytes of a hash.
    public static let hashLength = 32

    /// The hash of a leaf with the content `bytes`.
    public static func leaf(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(data: [0] + bytes)) }

    /// The root over `leaves`; over none, the hash of nothing.
    public static func root(_ leaves: [[UInt8]]) -> [UInt8] {
        var hashes = Hashes()
        for leaf in leaves { hashes.append(leaf) }
        return hashes.root()
    }

    /// The hashes that lead from leaf `index` to the root, lowest first (RFC 9162, 2.1.3.1).
    public static func path(to index: Int, in leaves: [[UInt8]]) -> [[UInt8]] {
        precondition(leaves.indices.contains(index), "no such leaf")
        var path: [[UInt8]] = []
        var level = leaves
        var index = index
        while level.count > 1 {
            if index ^ 1 < level.count { path.append(level[index ^ 1]) }
            level = stride(from: 0, to: level.count, by: 2).map { left in
                left + 1 < level.count ? node(level[left], level[left + 1]) : level[left]
            }
            index /= 2
        }
        return path
    }

    /// The root of the tree of `count` leaves in which `leaf` stands at `index` and `path` leads up from it (RFC 9162,
    /// 2.1.3.2); nil if no such tree has a path of that length.
    public static func root(of leaf: [UInt8], at index: Int, of count: Int, path: [[UInt8]]) -> [UInt8]? {
        guard count >= 1, (0..<count).contains(index) else { return nil }
        var path = path[...]
        var hash = leaf
        var index = index
        var count = count
        while count > 1 {
            if index ^ 1 < count {
                guard let sibling = path.popFirst(), sibling.count == hashLength else { return nil }
                hash = index & 1 == 0 ? node(hash, sibling) : node(sibling, hash)
            }
            index /= 2
            count = count / 2 + count % 2
        }
        return path.isEmpty ? hash : nil
    }

    private static func node(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: [1] + left + right))
    }

    /// Hashes end to end in one buffer: a batch has a thousand leaves, and none of them needs an array of its own.
    struct Hashes {
        private(set) var bytes: [UInt8] = []

        mutating func reserve(count: Int) { bytes.reserveCapacity(count * hashLength) }

        mutating func append(_ hash: some Sequence<UInt8>) { bytes.append(contentsOf: hash) }

        /// Appends the hash of a leaf whose content follows a zero byte in `prefixed`.
        mutating func append(leaf prefixed: [UInt8]) {
            prefixed.withUnsafeBytes { input in
                var function = SHA256()
                function.update(bufferPointer: input)
                function.finalize().withUnsafeBytes { bytes.append(contentsOf: $0) }
            }
        }

        /// Each by itself.
        var list: [[UInt8]] {
            stride(from: 0, to: bytes.count, by: hashLength).map { Array(bytes[$0..<$0 + hashLength]) }
        }

        /// The root over the hashes, which are used up. Pairing neighbours level by level, the odd one out rising as it
        /// is, makes the tree that the RFC defines.
        consuming func root() -> [UInt8] {
            precondition(bytes.count.isMultiple(of: hashLength), "a hash has 32 bytes")
            guard !bytes.isEmpty else { return Array(SHA256.hash(data: bytes)) }
            var count = bytes.count / hashLength
            bytes.withUnsafeMutableBytes { hashes in
                while count > 1 {
                    for pair in 0..<count / 2 {
                        let children = UnsafeRawBufferPointer(
                            rebasing: hashes[2 * pair * hashLength..<2 * (pair + 1) * hashLength])
                        var function = SHA256()
                        withUnsafeBytes(of: UInt8(1)) { function.update(bufferPointer: $0) }
                        function.update(bufferPointer: children)
                        function.finalize().withUnsafeBytes { digest in
                            hashes[pair * hashLength..<(pair + 1) * hashLength].copyBytes(from: digest)
                        }
                    }
                    if count & 1 == 1 {
                        for offset in 0..<hashLength {
                            hashes[count / 2 * hashLength + offset] = hashes[(count - 1) * hashLength + offset]
                        }
                    }
                    count = (count + 1) / 2
                }
            }
            return Array(bytes.prefix(hashLength))
        }
    }
}
