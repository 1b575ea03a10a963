import Testing
import Text

@Suite struct `A file of comma-separated values` {
    private func line(_ cells: String...) -> String {
        var csv = CSVWriter()
        for cell in cells { csv.cell(cell) }
        csv.endLine()
        return String(decoding: csv.bytes, as: UTF8.self)
    }

    @Test func `quotes what RFC 4180 has quoted`() {
        #expect(line("a", "b", "") == "a,b,\r\n")
        #expect(line("a,b", "say \"hi\"", "two\r\nlines") == "\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n")
        #expect(line("Käse", "雅") == "Käse,雅\r\n")
        #expect(line("") == "\r\n")
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠1"])
    func `holds no formula`(text: String) {
        #expect(line(text, "x") == "'\(text),x\r\n")
        #expect(line("  \(text)") == "\"'  \(text)\"\r\n")
        #expect(line("\(text),\"") == "\"'\(text),\"\"\"\r\n")
        #expect(line("a\(text)") == "a\(text)\r\n")
    }

    @Test func `holds no formula behind a tab or a line's end`() {
        #expect(line("\t=1") == "\"'\t=1\"\r\n")
        #expect(line("\r=1") == "\"'\r=1\"\r\n")
        #expect(line("\n=1") == "\"'\n=1\"\r\n")
    }

    @Test func `holds no formula behind a semicolon, where some spreadsheets begin a cell`() {
        #expect(line("x;=1;y; +2", "z") == "\"x;'=1;y;' +2\",z\r\n")
        #expect(line("=1;=2") == "'=1;'=2\r\n")
        #expect(line("a;b;") == "a;b;\r\n")
    }

    @Test func `has numbers as they are`() {
        var csv = CSVWriter()
        csv.cell(-5)
        csv.cell(Int64.max)
        csv.endLine()
        #expect(String(decoding: csv.bytes, as: UTF8.self) == "-5,9223372036854775807\r\n")
    }

    @Test func `is taken in parts`() {
        var csv = CSVWriter()
        #expect(csv.take() == nil)
        csv.cell("ab")
        #expect(csv.take(bytesMin: 3) == nil)
        #expect(csv.take(bytesMin: 2) == Array("ab".utf8))
        csv.cell("c")
        #expect(csv.take() == Array(",c".utf8))
    }
}
