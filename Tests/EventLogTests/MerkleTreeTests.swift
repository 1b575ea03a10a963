import EventLog
import Testing
import Text

@Suite("A Merkle tree")
struct MerkleTreeTests {
    /// Leaves and roots that the implementations of Certificate Transparency (RFC 6962) are tested with.
    private static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ].compactMap { [UInt8](hex: $0) }
    private static let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test("has the roots of RFC 6962")
    func known() {
        let hashes = Self.leaves.map(MerkleTree.leaf)
        for (count, root) in zip(1..., Self.roots) { #expect(MerkleTree.root(Array(hashes.prefix(count))).hex == root) }
    }

    @Test("leads from each leaf to its root, and from no other leaf, place or count")
    func paths() {
        for count in 1...17 {
            let leaves = (0..<count).map { MerkleTree.leaf([UInt8($0)]) }
            let root = MerkleTree.root(leaves)
            for index in 0..<count {
                let path = MerkleTree.path(to: index, in: leaves)
                func leads(_ leaf: [UInt8], _ index: Int, _ count: Int, _ path: [[UInt8]]) -> Bool {
                    MerkleTree.root(of: leaf, at: index, of: count, path: path) == root
                }
                #expect(leads(leaves[index], index, count, path))
                #expect(!leads(MerkleTree.leaf([99]), index, count, path))
                for other in 0..<count where other != index { #expect(!leads(leaves[index], other, count, path)) }
                #expect(!leads(leaves[index], index, count, path + [root]))
                #expect(!leads(leaves[index], index, count, Array(path.dropLast())) || path.isEmpty)
                #expect(!leads(leaves[index], -1, count, path) && !leads(leaves[index], count, count, path))
            }
        }
    }
}
