import Text

/// What a guess of a password costs: the parameters of scrypt (RFC 7914, section 2).
public struct ScryptCost: Hashable, Sendable {
    /// The memory that one computation may take.
    public static let memoryBytesMax = 1 << 30

    /// The base 2 logarithm of N.
    public let logN: Int
    /// r: one block has 128 · r bytes.
    public let blockSize: Int
    /// p.
    public let parallelism: Int

    /// Bytes of memory that one computation takes.
    public var memoryBytes: Int { 128 * blockSize << logN }
    private var work: Int { memoryBytes * parallelism }

    /// Nil for parameters that nobody should compute: N of 2 to 2^24, r of 1 to 32, p of 1 to 16, and at most
    /// ``memoryBytesMax`` in all.
    public init?(logN: Int, blockSize: Int = 8, parallelism: Int = 1) {
        guard (1...24).contains(logN), (1...32).contains(blockSize), (1...16).contains(parallelism),
            128 * blockSize << logN <= Self.memoryBytesMax
        else { return nil }
        self.logN = logN
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// Whether a guess costs less memory or less time than it would at `other`.
    public func isWeaker(than other: ScryptCost) -> Bool { memoryBytes < other.memoryBytes || work < other.work }
}

/// A password as it is stored: a PHC string (https://github.com/P-H-C/phc-string-format), such as
/// `$scrypt$ln=17,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$…`.
public struct PasswordHash: Hashable, Sendable {
    public static let saltBytes = 16
    public static let digestBytes = 32
    private static let saltBytesRange = 8...48
    private static let digestBytesRange = 16...64
    private static let textBytesMax = 256

    public let cost: ScryptCost
    public let salt: [UInt8]
    public let digest: [UInt8]

    /// - Parameters:
    ///   - salt: 8 to 48 bytes.
    ///   - digest: 16 to 64 bytes.
    public init(cost: ScryptCost, salt: [UInt8], digest: [UInt8]) {
        precondition(Self.saltBytesRange.contains(salt.count) && Self.digestBytesRange.contains(digest.count))
        self.cost = cost
        self.salt = salt
        self.digest = digest
    }

    /// Reads a PHC string; nil for anything that ``text`` would not write.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.textBytesMax else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1].elementsEqual("scrypt".utf8) else { return nil }
        let parameters = parts[2].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parameters.count == 3, let logN = Self.number("ln", parameters[0]),
            let blockSize = Self.number("r", parameters[1]), let parallelism = Self.number("p", parameters[2]),
            let cost = ScryptCost(logN: logN, blockSize: blockSize, parallelism: parallelism),
            let salt = Self.bytes(parts[3], Self.saltBytesRange),
            let digest = Self.bytes(parts[4], Self.digestBytesRange)
        else { return nil }
        self.init(cost: cost, salt: salt, digest: digest)
    }

    /// The PHC string.
    public var text: String {
        "$scrypt$ln=\(cost.logN),r=\(cost.blockSize),p=\(cost.parallelism)$\(Self.base64(salt))$\(Self.base64(digest))"
    }

    /// Whether it is this digest's password, in a time that does not depend on where they differ.
    public func matches(digest other: [UInt8]) -> Bool {
        digest.count == other.count && zip(digest, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The decimal behind `name=`, without leading zeros.
    private static func number(_ name: String, _ part: Substring.UTF8View) -> Int? {
        guard part.starts(with: "\(name)=".utf8) else { return nil }
        let digits = part.dropFirst(name.utf8.count + 1)
        guard (1...3).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// PHC's base 64 has the usual alphabet and no padding; ours for tokens has two other letters.
    private static func bytes(_ part: Substring.UTF8View, _ counts: ClosedRange<Int>) -> [UInt8]? {
        guard !part.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }) else { return nil }
        let respelled = part.map { character in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: character
            }
        }
        guard let bytes = Base64URL.decode(respelled), counts.contains(bytes.count) else { return nil }
        return bytes
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Base64URL.encode(bytes).replacing("-", with: "+").replacing("_", with: "/")
    }
}
