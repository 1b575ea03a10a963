/// An address of the Internet Protocol, of either version.
public struct IPAddress: Hashable, Sendable {
    /// An IPv4 address stands at the end of `::ffff:0:0/96`, where IPv6 has a place for it (RFC 4291, section 2.5.5.2).
    let bits: UInt128

    private static let mapped = UInt128(0xFFFF) << 32

    init(bits: UInt128) { self.bits = bits }

    public var isIPv4: Bool { bits >> 32 == 0xFFFF }

    /// What counts as one place on the network: a /24 of IPv4, a /56 of IPv6, which is what one line is given as a rule.
    public var group: AddressGroup { AddressGroup(prefix: isIPv4 ? bits >> 8 : bits >> 72) }

    /// Reads dotted IPv4 or IPv6, without a zone; nil: the text is neither.
    public init?(_ text: some StringProtocol) {
        if text.contains(":") {
            guard let bits = Self.version6(String(text)) else { return nil }
            self.bits = bits
        } else {
            guard let bits = Self.version4(String(text)[...]) else { return nil }
            self.bits = Self.mapped | UInt128(bits)
        }
    }

    private static func version4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let byte = UInt8(part)
            else { return nil }
            bits = bits << 8 | UInt32(byte)
        }
        return bits
    }

    private static func version6(_ text: String) -> UInt128? {
        // `::` stands for as many groups of zeros as are missing.
        let gap = text.firstRange(of: "::")
        guard let gap else {
            guard let groups = groups(text[...]), groups.count == 8 else { return nil }
            return number(groups)
        }
        guard let head = groups(text[..<gap.lowerBound], endsAddress: false),
            let tail = groups(text[gap.upperBound...]),
            head.count + tail.count <= 7
        else { return nil }
        return number(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    /// Nil: a part is no group of digits, or an IPv4 address that is not the last.
    private static func groups(_ text: Substring, endsAddress: Bool = true) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.utf8.contains(UInt8(ascii: ".")) {
                guard endsAddress, index == parts.count - 1, let bits = version4(part) else { return nil }
                groups += [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func number(_ groups: [UInt16]) -> UInt128 { groups.reduce(0) { $0 << 16 | UInt128($1) } }
}

extension IPAddress: CustomStringConvertible {
    /// As RFC 5952 writes it; an IPv4 address with dots.
    public var description: String {
        if isIPv4 {
            return (0..<4).map { String(UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0))) }.joined(separator: ".")
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
        // The longest run of zeros, the first of several.
        var gap = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(gap.count, 1) { gap = start..<end }
            start = max(end, start + 1)
        }
        func text(_ groups: ArraySlice<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        return gap.isEmpty
            ? text(groups[...]) : "\(text(groups[..<gap.lowerBound]))::\(text(groups[gap.upperBound...]))"
    }
}

/// The addresses that share limits.
public struct AddressGroup: Hashable, Sendable {
    fileprivate let prefix: UInt128
}

/// A range of addresses, such as `10.0.0.0/8` or `2001:db8::/32`.
public struct AddressRange: Equatable, Sendable {
    private let first: UInt128
    private let length: Int

    /// Nil: the text is no range. An address alone is a range of one.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPAddress(parts[0]) else { return nil }
        let offset = address.isIPv4 && !parts[0].contains(":") ? 96 : 0
        var length = 128
        if parts.count == 2 {
            guard let number = Int(parts[1]), (0...(128 - offset)).contains(number) else { return nil }
            length = number + offset
        }
        self.length = length
        first = Self.start(address.bits, length)
    }

    public func contains(_ address: IPAddress) -> Bool { Self.start(address.bits, length) == first }

    private static func start(_ bits: UInt128, _ length: Int) -> UInt128 {
        length == 0 ? 0 : (bits >> (128 - length)) << (128 - length)
    }
}
