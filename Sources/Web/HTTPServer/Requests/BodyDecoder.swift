public import Text

/// Decodes a body that is JSON, and understands all of it or says what it does not understand.
///
/// A member that the type has no key for is unknown; types that keep such members read the value themselves, from ``json``.
/// In every other way it does what Foundation's decoder does, but for a member that is there twice, which is refused, and
/// for numbers, whose faults have a place.
public struct BodyDecoder: Decoder {
    /// The whole body.
    public let json: [UInt8]
    /// Where the value begins that is decoded.
    public let start: Int
    public var userInfo: [CodingUserInfoKey: Any] { [:] }

    private let parentPath: [any CodingKey]
    private let key: (any CodingKey)?
    let unknown: UnknownMembers

    init(_ json: [UInt8], _ unknown: UnknownMembers) {
        self.json = json
        start = 0
        parentPath = []
        key = nil
        self.unknown = unknown
    }

    fileprivate init(_ start: Int, _ key: any CodingKey, at parentPath: [any CodingKey], in parent: BodyDecoder) {
        json = parent.json
        self.start = start
        self.parentPath = parentPath
        self.key = key
        unknown = parent.unknown
    }

    public var codingPath: [any CodingKey] { key.map { parentPath + [$0] } ?? parentPath }

    /// Reads the value.
    public var cursor: JSONCursor { JSONCursor(json, at: start) }

    /// The value's place, as problems name it: `seatingPlan`, `areas[0]`; empty for the whole body.
    public var place: String { BodyPlace.text(codingPath) }

    public func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try BodyMembers<Key>(self))
    }

    public func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try BodyElements(self) }

    public func singleValueContainer() -> any SingleValueDecodingContainer { BodyValue(decoder: self) }

    fileprivate func mismatch(_ type: Any.Type) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "")
        var cursor = cursor
        return cursor.kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }
}

/// The members of a body that nothing knows.
final class UnknownMembers {
    /// Members that a problem names.
    private static let namedMax = 20

    private(set) var places: [String] = []
    private(set) var count = 0

    fileprivate func note(_ path: @autoclosure () -> [any CodingKey]) {
        count += 1
        if places.count < Self.namedMax { places.append(BodyPlace.text(path())) }
    }

    /// What to tell the caller; nil: all is known.
    ///
    /// - Parameter other: what else is wrong, which a misspelt name may be the cause of.
    func problem(besides other: Problem?) -> Problem? {
        guard count > 0 else { return nil }
        let more = count > places.count ? " and \(count - places.count) more" : ""
        var detail = "Not known here: \(places.joined(separator: ", "))\(more)."
        if let other = other?.detail { detail += " \(other)" }
        return Problem(
            .unknownMember, detail: detail,
            members: [.init("unknown", .array(places.map(Problem.Value.string)))])
    }
}

/// A key that is any name, or an index.
struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}

// MARK: Containers

private struct BodyMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: BodyDecoder
    let codingPath: [any CodingKey]
    private var values: [String: Int] = [:]
    private(set) var allKeys: [Key] = []

    init(_ decoder: BodyDecoder) throws {
        self.decoder = decoder
        let path = decoder.codingPath
        codingPath = path
        var cursor = decoder.cursor
        let isObject = try cursor.members { name, cursor in
            guard let key = Key(stringValue: name) else {
                return decoder.unknown.note(path + [AnyKey(stringValue: name)])
            }
            guard values.updateValue(cursor.index, forKey: name) == nil else {
                throw InvalidValue.error("is there twice", at: path + [key])
            }
            allKeys.append(key)
        }
        guard isObject else { throw decoder.mismatch([String: Any].self) }
    }

    private func value(_ key: Key) throws -> BodyDecoder {
        guard let start = values[key.stringValue] else {
            throw DecodingError.keyNotFound(key, DecodingError.Context(codingPath: codingPath, debugDescription: ""))
        }
        return BodyDecoder(start, key, at: codingPath, in: decoder)
    }

    func contains(_ key: Key) -> Bool { values[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try value(key).singleValueContainer().decodeNil() }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try T(from: value(key)) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try type.init(from: value(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try type.init(from: value(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try type.init(from: value(key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try type.init(from: value(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try type.init(from: value(key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try type.init(from: value(key)) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try type.init(from: value(key)) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try type.init(from: value(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try type.init(from: value(key)) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try type.init(from: value(key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try type.init(from: value(key)) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try type.init(from: value(key)) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try type.init(from: value(key)) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try type.init(from: value(key)) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try value(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { try value(key) }
}

private struct BodyElements: UnkeyedDecodingContainer {
    let decoder: BodyDecoder
    let codingPath: [any CodingKey]
    private var starts: [Int] = []
    private(set) var currentIndex = 0

    init(_ decoder: BodyDecoder) throws {
        self.decoder = decoder
        codingPath = decoder.codingPath
        var cursor = decoder.cursor
        guard cursor.elements({ starts.append($0.index) }) else { throw decoder.mismatch([Any].self) }
    }

    var count: Int? { starts.count }
    var isAtEnd: Bool { currentIndex == starts.count }

    private func current() throws -> BodyDecoder {
        let key = AnyKey(intValue: currentIndex)
        guard !isAtEnd else {
            throw DecodingError.keyNotFound(key, DecodingError.Context(codingPath: codingPath, debugDescription: ""))
        }
        return BodyDecoder(starts[currentIndex], key, at: codingPath, in: decoder)
    }

    private mutating func next<T: Decodable>(_ type: T.Type) throws -> T {
        let value = try T(from: current())
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        let isNull = try current().singleValueContainer().decodeNil()
        if isNull { currentIndex += 1 }
        return isNull
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next(type) }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try next(type) }
    mutating func decode(_ type: String.Type) throws -> String { try next(type) }
    mutating func decode(_ type: Double.Type) throws -> Double { try next(type) }
    mutating func decode(_ type: Float.Type) throws -> Float { try next(type) }
    mutating func decode(_ type: Int.Type) throws -> Int { try next(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next(type) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next(type) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let container = try current().container(keyedBy: type)
        currentIndex += 1
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try current().unkeyedContainer()
        currentIndex += 1
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let element = try current()
        currentIndex += 1
        return element
    }
}

private struct BodyValue: SingleValueDecodingContainer {
    let decoder: BodyDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool {
        var cursor = decoder.cursor
        return cursor.null()
    }

    func decode(_ type: Bool.Type) throws -> Bool {
        var cursor = decoder.cursor
        guard let value = cursor.boolean() else { throw decoder.mismatch(type) }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        var cursor = decoder.cursor
        guard let value = cursor.string() else { throw decoder.mismatch(type) }
        return value
    }

    func decode(_ type: Double.Type) throws -> Double {
        var cursor = decoder.cursor
        guard let number = cursor.number() else { throw decoder.mismatch(type) }
        guard let value = number.jsonDouble else { throw InvalidValue.error("is out of range", at: decoder) }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

    private func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        var cursor = decoder.cursor
        guard let number = cursor.number() else { throw decoder.mismatch(type) }
        guard let value = number.jsonInteger(type) else {
            // A fraction, or digits that don't fit.
            let isWhole = number.jsonDouble.map { $0 == $0.rounded() } ?? true
            throw InvalidValue.error(isWhole ? "is out of range" : "must be an integer", at: decoder)
        }
        return value
    }

    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: decoder) }
}
