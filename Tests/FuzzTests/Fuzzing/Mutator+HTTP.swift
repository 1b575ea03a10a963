extension Mutator {
    /// A line of a request's head, or a value of its body, becomes another.
    mutating func changeHTTP(_ input: inout [UInt8], _ pool: [[UInt8]]) {
        guard let bodyStart = Self.bodyStart(of: input), !chance(6) else {
            changeBytes(&input, pool)
            return
        }
        var lines = input[..<(bodyStart - 4)].split(separator: 0x0A, omittingEmptySubsequences: false)
            .map { Array($0.last == 0x0D ? $0.dropLast() : $0) }
        var body = Array(input[bodyStart...])
        let line = number(lines.count)
        switch number(10) {
        case 0: lines.insert(lines[line], at: number(lines.count + 1))
        case 1 where line > 0: lines.remove(at: line)
        case 2: lines.insert(word(), at: 1 + number(lines.count))
        case 3, 4: changeBytes(&lines[line], pool)
        case 5: changePath(&lines[0])
        case 6:
            // The value of a header.
            if let colon = lines[line].firstIndex(of: UInt8(ascii: ":")) {
                lines[line] =
                    Array(lines[line][...colon]) + [0x20] + (chance(3) ? Array("\(interesting())".utf8) : word())
            }
        default:
            if !body.isEmpty { changeJSON(&body) } else { changePath(&lines[0]) }
            // Mostly of the right length.
            if let length = lines.firstIndex(where: { $0.starts(with: Array("Content-Length:".utf8)) }), !chance(8) {
                lines[length] = Array("Content-Length: \(body.count)".utf8)
            }
        }
        input = Array(lines.joined(separator: [0x0D, 0x0A])) + Array("\r\n\r\n".utf8) + body
    }

    private mutating func changePath(_ line: inout [UInt8]) {
        let spaces = line.indices.filter { line[$0] == 0x20 }
        guard spaces.count >= 2 else { return }
        var path = Array(line[(spaces[0] + 1)..<spaces[1]])
        if chance(2), !path.contains(UInt8(ascii: "?")) { path += Array("?".utf8) + word() + Array("=".utf8) + word() }
        changeBytes(&path, [path])
        line.replaceSubrange((spaces[0] + 1)..<spaces[1], with: path)
    }

    private static func bodyStart(of input: [UInt8]) -> Int? {
        guard input.count > 4 else { return nil }
        return (4...input.count).first { input[($0 - 4)..<$0].elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) }
    }
}
