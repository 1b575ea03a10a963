import QRCode
import Testing

@Suite struct `A QR code` {
    @Test func `has its finder patterns where readers look for them`() throws {
        let code = try #require(QRCode("holdfast"))
        // Version 1 has 21 modules a side, each further version four more.
        #expect(code.side == 21)
        for (row, column) in [(0, 0), (0, code.side - 7), (code.side - 7, 0)] {
            for step in 0..<7 {
                #expect(code[row, column + step] && code[row + 6, column + step])
                #expect(code[row + step, column] && code[row + step, column + 6])
            }
            #expect(!code[row + 1, column + 1] && code[row + 3, column + 3])
        }
    }

    @Test func `grows with its text, up to a limit`() throws {
        let text = String(repeating: "aB3-_.", count: 45)
        #expect(try #require(QRCode(text)).side > 50)
        #expect(QRCode(String(repeating: "x", count: 2_331)) != nil)
        #expect(QRCode(String(repeating: "x", count: 2_332)) == nil)
        #expect(QRCode("") == nil)
        #expect(QRCode("a\0b") == nil)
    }

    @Test func `is drawn module for module`() throws {
        let code = try #require(QRCode("holdfast"))
        let svg = code.svg
        #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 29 29\""))
        // The path's runs are as many dark modules as the code has.
        let runs = svg.split(separator: "M").dropFirst(2).compactMap { part in
            part.split(separator: "h").dropFirst().first?.prefix { $0.isNumber }
        }.compactMap { Int($0) }
        let dark = (0..<code.side).reduce(0) { sum, row in sum + (0..<code.side).count { code[row, $0] } }
        #expect(runs.reduce(0, +) == dark)
        #expect(svg.contains("M4 4h7v1h-7z"))
    }
}
