extension Mutator {
    /// One value of a JSON text becomes another, goes, or comes twice.
    mutating func changeJSON(_ input: inout [UInt8]) {
        let values = JSONSpans.values(in: input)
        guard !values.isEmpty else {
            input += word()
            return
        }
        let value = values[number(values.count)]
        switch number(8) {
        case 0, 1: input.replaceSubrange(value, with: jsonValue())
        case 2: input.replaceSubrange(value, with: Array(input[values[number(values.count)]]))
        case 3: input.insert(contentsOf: Array(input[value]) + [UInt8(ascii: ",")], at: value.lowerBound)
        case 4: removeWithComma(value, from: &input)
        case 5: changeInside(value, of: &input)
        case 6:
            let depth = chance(8) ? 70 : 1 + number(3)
            input.replaceSubrange(
                value,
                with: Array(repeating: UInt8(ascii: "["), count: depth) + input[value]
                    + Array(repeating: UInt8(ascii: "]"), count: depth))
        default:
            // A member twice, or one that nobody expects.
            let objects = values.filter { input[$0.lowerBound] == UInt8(ascii: "{") }
            guard !objects.isEmpty else { return }
            let object = objects[number(objects.count)]
            let key = chance(2) ? Array("\"".utf8) + word() + Array("\"".utf8) : Array(input[value])
            input.insert(contentsOf: key + Array(":".utf8) + jsonValue() + Array(",".utf8), at: object.lowerBound + 1)
        }
    }

    private mutating func jsonValue() -> [UInt8] {
        switch number(7) {
        case 0: Array("\(interesting())".utf8)
        case 1: Array("\"".utf8) + word() + Array("\"".utf8)
        case 2: Array("\"\(String(repeating: "x", count: [63, 64, 65, 200, 201, 256, 257, 1000][number(8)]))\"".utf8)
        case 3:
            Array(["null", "true", "false", "[]", "{}", "\"\"", "-0", "1e999", "1.5", "1e2", "0.1e1"][number(11)].utf8)
        case 4: Array("\(Double(bitPattern: random.next()))".utf8)
        case 5: Array("{\"\(word().map { String(UnicodeScalar($0)) }.joined())\":\(interesting())}".utf8)
        default: word()
        }
    }

    private mutating func removeWithComma(_ value: Range<Int>, from input: inout [UInt8]) {
        let comma = UInt8(ascii: ",")
        if value.upperBound < input.count, input[value.upperBound] == comma {
            input.removeSubrange(value.lowerBound..<value.upperBound + 1)
        } else if value.lowerBound > 0, input[value.lowerBound - 1] == comma {
            input.removeSubrange(value.lowerBound - 1..<value.upperBound)
        } else {
            input.removeSubrange(value)
        }
    }

    private mutating func changeInside(_ value: Range<Int>, of input: inout [UInt8]) {
        guard value.count > 2, input[value.lowerBound] == UInt8(ascii: "\"") else { return }
        input.insert(contentsOf: word(), at: value.lowerBound + 1 + number(value.count - 1))
    }
}

/// Where the values of a JSON text are, keys included. Of a text that is none, as far as it can be told.
enum JSONSpans {
    static func values(in json: [UInt8]) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        var open: [Int] = []
        var index = 0
        while index < json.count {
            let start = index
            index += 1
            switch json[start] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(start)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): if let first = open.popLast() { spans.append(first..<index) }
            case UInt8(ascii: "\""):
                while index < json.count, json[index] != UInt8(ascii: "\"") {
                    index += json[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                index = min(index + 1, json.count)
                spans.append(start..<index)
            case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x09, 0x0A, 0x0D: break
            default:
                while index < json.count, !ends.contains(json[index]) { index += 1 }
                spans.append(start..<index)
            }
        }
        return spans
    }

    private static let ends: Set<UInt8> = Set(" \t\r\n,:{}[]\"".utf8)
}
