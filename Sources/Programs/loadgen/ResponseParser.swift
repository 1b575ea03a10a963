/// Reads the answers of one HTTP/1.1 connection, as far as a benchmark cares: the status, where the answer ends, and on
/// request the `Sequence` header and the beginning of the body.
struct ResponseParser {
    struct Response {
        var status = 0
        var sequence: [UInt8] = []
        var bodyStart: [UInt8] = []
        var closes = false
        fileprivate var length: Int?
    }

    enum Progress {
        case incomplete
        case complete(Response)
    }

    struct Fault: Error {
        var reason: String
    }

    /// Bytes of the body that are kept where it is looked into.
    private static let bodyStartBytesMax = 2048
    /// A head that is longer comes from no server of ours.
    private static let headBytesMax = 64 * 1024

    /// Whether ``Response/sequence`` and ``Response/bodyStart`` are wanted.
    let looksInside: Bool
    private var head: [UInt8] = []
    private var response: Response?
    private var bodyBytesLeft = 0

    init(looksInside: Bool) { self.looksInside = looksInside }

    /// Takes in what was read. An answer must end where the bytes end: nothing was asked for after it.
    mutating func take(_ bytes: ArraySlice<UInt8>) throws(Fault) -> Progress {
        var rest = bytes
        if response == nil {
            guard let parsed = try takeHead(&rest) else { return .incomplete }
            response = parsed
            bodyBytesLeft = parsed.length ?? 0
        }
        guard rest.count <= bodyBytesLeft else { throw Fault(reason: "bytes after the end of an answer") }
        bodyBytesLeft -= rest.count
        if looksInside, let kept = response?.bodyStart.count, kept < Self.bodyStartBytesMax {
            response?.bodyStart.append(contentsOf: rest.prefix(Self.bodyStartBytesMax - kept))
        }
        guard bodyBytesLeft == 0, let complete = response else { return .incomplete }
        response = nil
        return .complete(complete)
    }

    /// Removes the head from `rest` and reads it; nil while it is not complete.
    private mutating func takeHead(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> Response? {
        if head.isEmpty, let end = Self.endOfHead(rest, from: rest.startIndex) {
            defer { rest = rest[end...] }
            return try parse(rest[..<end])
        }
        guard head.count + rest.count <= Self.headBytesMax else { throw Fault(reason: "an endless head") }
        let known = head.count
        head.append(contentsOf: rest)
        guard let end = Self.endOfHead(head[...], from: max(0, known - 3)) else {
            rest = rest[rest.endIndex...]
            return nil
        }
        let parsed = try parse(head[..<end])
        rest = rest[(rest.startIndex + end - known)...]
        head.removeAll(keepingCapacity: true)
        return parsed
    }

    /// After the empty line.
    private static func endOfHead(_ bytes: ArraySlice<UInt8>, from start: Int) -> Int? {
        var index = start
        while index + 3 < bytes.endIndex {
            // The third byte tells most: only around a line's end is it one of the two.
            switch bytes[index + 2] {
            case 0x0D where bytes[index] == 0x0D && bytes[index + 1] == 0x0A && bytes[index + 3] == 0x0A:
                return index + 4
            case 0x0D, 0x0A: index += 1
            default: index += 3
            }
        }
        return nil
    }

    private func parse(_ head: ArraySlice<UInt8>) throws(Fault) -> Response {
        let start = head.startIndex
        guard head.count > 16, head[start..<start + 9].elementsEqual("HTTP/1.1 ".utf8) else {
            throw Fault(reason: "not HTTP/1.1")
        }
        var response = Response()
        for byte in head[start + 9..<start + 12] {
            guard (0x30...0x39).contains(byte) else { throw Fault(reason: "no status") }
            response.status = response.status * 10 + Int(byte - 0x30)
        }
        var line = Self.afterLine(head, start)
        while line < head.endIndex {
            let next = Self.afterLine(head, line)
            let text = head[line..<max(line, next - 2)]
            // First letters, in either case: c, s and t.
            switch head[line] | 0x20 {
            case 0x63:
                if let value = Self.value("content-length:", text) { response.length = try Self.number(value) }
                if let value = Self.value("connection:", text) { response.closes = Self.isEqual(value, "close") }
            case 0x73 where looksInside:
                if let value = Self.value("sequence:", text) { response.sequence = Array(value) }
            case 0x74:
                if Self.value("transfer-encoding:", text) != nil { throw Fault(reason: "a body without a length") }
            default: break
            }
            line = next
        }
        if response.status == 204 || response.status == 304 {
            response.length = 0
        } else if response.length == nil {
            throw Fault(reason: "a body without a length")
        }
        return response
    }

    /// After the line feed that ends the line at `start`.
    private static func afterLine(_ head: ArraySlice<UInt8>, _ start: Int) -> Int {
        var index = start
        while index < head.endIndex, head[index] != 0x0A { index += 1 }
        return index + 1
    }

    /// What follows `name`, which is in lower case, without spaces; nil where the line is another header.
    private static func value(_ name: StaticString, _ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.count >= name.utf8CodeUnitCount else { return nil }
        let end = line.startIndex + name.utf8CodeUnitCount
        guard isEqual(line[..<end], name) else { return nil }
        return line[end...].drop { $0 == 0x20 }
    }

    private static func isEqual(_ text: ArraySlice<UInt8>, _ lower: StaticString) -> Bool {
        lower.withUTF8Buffer { lower in
            guard lower.count == text.count else { return false }
            for (index, byte) in text.enumerated() {
                let isCapital = (0x41...0x5A).contains(byte)
                guard unsafe (isCapital ? byte | 0x20 : byte) == lower[index] else { return false }
            }
            return true
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) throws(Fault) -> Int {
        var number = 0
        guard !digits.isEmpty, digits.count < 12 else { throw Fault(reason: "no length") }
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { throw Fault(reason: "no length") }
            number = number * 10 + Int(digit - 0x30)
        }
        return number
    }
}
