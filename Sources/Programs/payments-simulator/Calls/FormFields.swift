/// The fields of a form body or a query, as Stripe reads them: `a=b&list[]=c&map[key]=d`, and `list[0]` as `list[]`.
struct FormFields: Equatable, Sendable {
    struct Malformed: Error {}

    private(set) var fields: [(name: String, value: String)] = []

    static let fieldsMax = 200

    init(_ encoded: some Sequence<UInt8>) throws {
        for pair in Array(encoded).split(separator: UInt8(ascii: "&")) {
            guard fields.count < Self.fieldsMax else { throw Malformed() }
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            fields.append((Self.plain(try Self.decoded(parts[0])), try Self.decoded(parts.count > 1 ? parts[1] : [])))
        }
    }

    static func == (a: Self, b: Self) -> Bool { a.fields.elementsEqual(b.fields, by: ==) }

    /// The first value of that name.
    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The members of `map`, by key.
    func members(of map: String) -> [String: String] {
        var members: [String: String] = [:]
        for (name, value) in fields where name.hasPrefix(map + "[") && name.hasSuffix("]") {
            members[String(name.dropFirst(map.utf8.count + 1).dropLast())] = value
        }
        return members
    }

    /// The same for the same fields in any order.
    var canonical: String { fields.map { "\($0.name)=\($0.value)" }.sorted().joined(separator: "&") }

    private static func plain(_ name: String) -> String {
        guard name.hasSuffix("]"), let open = name.lastIndex(of: "[") else { return name }
        let index = name[name.index(after: open)...].dropLast()
        return index.allSatisfy(\.isWholeNumber) ? name[..<open] + "[]" : name
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) throws -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): text.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst(), let low = rest.popFirst(),
                    let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
                else { throw Malformed() }
                text.append(value)
            default: text.append(byte)
            }
        }
        guard let string = String(validating: text, as: UTF8.self) else { throw Malformed() }
        return string
    }
}
