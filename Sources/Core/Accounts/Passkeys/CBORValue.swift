/// A value of CBOR (RFC 8949), of the part that authenticators write (CTAP 2.2, section 8): integers, byte strings, texts,
/// arrays, maps, booleans and null, each in its shortest form and of a stated length. Maps may have their keys in any order,
/// since not every authenticator sorts them, but no key twice.
enum CBORValue: Hashable, Sendable {
    /// How deep values may be nested: what authenticators write has four levels at most.
    static let depthMax = 4
    /// Values that one reading may come to, keys included.
    static let valuesMax = 128

    case unsigned(UInt64)
    /// −1 less this.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBORValue])
    case map([CBORValue: CBORValue])
    case boolean(Bool)
    case null

    /// Reads the value that the bytes begin with, and takes it off them; nil for anything that is none.
    init?(takingFrom bytes: inout ArraySlice<UInt8>) {
        var reader = CBORReader(rest: bytes)
        guard let value = reader.value(depth: 1) else { return nil }
        self = value
        bytes = reader.rest
    }

    /// The member of a map with a text as its key; nil for other values.
    subscript(key: String) -> CBORValue? {
        guard case .map(let members) = self else { return nil }
        return members[.text(key)]
    }

    /// The member of a map with an integer as its key; nil for other values.
    subscript(key: Int) -> CBORValue? {
        guard case .map(let members) = self else { return nil }
        return members[key < 0 ? .negative(UInt64(-1 - key)) : .unsigned(UInt64(key))]
    }

    var byteString: [UInt8]? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }

    /// Nil for anything but an integer of 32 bits.
    var integer: Int? {
        switch self {
        case .unsigned(let number): Int32(exactly: number).map(Int.init)
        case .negative(let number): Int32(exactly: number).map { -1 - Int($0) }
        default: nil
        }
    }
}

private struct CBORReader {
    var rest: ArraySlice<UInt8>
    private var valuesLeft = CBORValue.valuesMax

    init(rest: ArraySlice<UInt8>) { self.rest = rest }

    mutating func value(depth: Int) -> CBORValue? {
        guard depth <= CBORValue.depthMax, valuesLeft > 0, let first = rest.popFirst() else { return nil }
        valuesLeft -= 1
        if first >> 5 == 7 {
            switch first & 31 {
            case 20: return .boolean(false)
            case 21: return .boolean(true)
            case 22: return .null
            default: return nil
            }
        }
        guard let number = argument(first & 31) else { return nil }
        switch first >> 5 {
        case 0: return .unsigned(number)
        case 1: return .negative(number)
        case 2: return string(number).map { .bytes(Array($0)) }
        case 3: return string(number).flatMap { String(validating: $0, as: UTF8.self) }.map { .text($0) }
        case 4: return array(number, depth)
        case 5: return map(number, depth)
        default: return nil
        }
    }

    /// A length or a number in its shortest form.
    private mutating func argument(_ information: UInt8) -> UInt64? {
        guard information >= 24 else { return UInt64(information) }
        guard information <= 27 else { return nil }
        let byteCount = 1 << Int(information - 24)
        guard rest.count >= byteCount else { return nil }
        let number = rest.prefix(byteCount).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(byteCount)
        let isShortest = byteCount == 1 ? number >= 24 : number >> (UInt64(byteCount) * 4) != 0
        return isShortest ? number : nil
    }

    private mutating func string(_ length: UInt64) -> ArraySlice<UInt8>? {
        guard let length = Int(exactly: length), length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }

    private mutating func array(_ count: UInt64, _ depth: Int) -> CBORValue? {
        guard count <= UInt64(valuesLeft) else { return nil }
        var values: [CBORValue] = []
        for _ in 0..<count {
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
        }
        return .array(values)
    }

    private mutating func map(_ count: UInt64, _ depth: Int) -> CBORValue? {
        guard count <= UInt64(valuesLeft / 2) else { return nil }
        var members: [CBORValue: CBORValue] = [:]
        for _ in 0..<count {
            guard let key = value(depth: depth + 1), let value = value(depth: depth + 1),
                members.updateValue(value, forKey: key) == nil
            else { return nil }
        }
        return .map(members)
    }
}
