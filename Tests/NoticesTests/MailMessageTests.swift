import Accounts
import Domain
import Foundation
import MailMessages
import Testing

@Suite("Mail messages")
struct MailMessageTests {
    /// What Python's own reader of mail makes of messages.
    private struct Parsed: Decodable {
        var headers: [[String]]
        var from: [[String]]
        var to: [[String]]
        var subject: String
        var text: String
        var html: String?
        var images: [[String]]
        var defects: Int
    }

    private static let reader = """
        import base64, email, email.policy, email.utils, json, sys
        def read(data):
            m = email.message_from_bytes(base64.b64decode(data), policy=email.policy.default)
            html = m.get_body(("html",))
            defects = sum(len(part.defects) for part in m.walk()) + sum(len(v.defects) for v in m.values())
            return {"headers": [[k, str(v)] for k, v in m.items()],
                "from": [[a.display_name, a.addr_spec] for a in m["From"].addresses],
                "to": [[a.display_name, a.addr_spec] for a in m["To"].addresses], "subject": m["Subject"],
                "text": m.get_body(("plain",)).get_content(), "html": html and html.get_content(), "defects": defects,
                "images": [[p["Content-ID"], base64.b64encode(p.get_content()).decode()] for p in m.walk() if p.get_content_maintype() == "image"]}
        json.dump([read(line) for line in sys.stdin.read().split()], sys.stdout)
        """

    private func parse(_ messages: [MailMessage]) throws -> [Parsed] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-mails-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
        try Data(messages.map { Data($0.encoded).base64EncodedString() }.joined(separator: "\n").utf8).write(to: input)
        #expect(FileManager.default.createFile(atPath: output.path, contents: nil))
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/env")
        python.arguments = ["python3", "-c", Self.reader]
        python.standardInput = try FileHandle(forReadingFrom: input)
        python.standardOutput = try FileHandle(forWritingTo: output)
        try python.run()
        python.waitUntilExit()
        #expect(python.terminationStatus == 0)
        return try JSONDecoder().decode([Parsed].self, from: Data(contentsOf: output))
    }

    private func message(_ text: String) throws -> MailMessage {
        MailMessage(
            from: try #require(EmailAddress("shop@shop.example")), senderName: text,
            to: try #require(EmailAddress("ann@example.org")), subject: text, id: "1.4711.order.0a1b2c3d4e5f",
            date: Timestamp(microseconds: 1_795_747_274_000_000), text: "\(text)\n.\n\(text)", html: "<p>\(text)</p>",
            images: [.init(id: "ticket-1@holdfast", fileName: "ticket-1.png", bytes: [0x89, 0x50, 1, 2, 255])])
    }

    @Test("Whatever names and texts are, a mail is one mail to one reader, and its lines are short")
    func worst() throws {
        let messages = try worstStrings.map(message)
        for message in messages {
            let lines = message.encoded.split(separator: 0x0A, omittingEmptySubsequences: false)
            #expect(lines.dropLast().allSatisfy { $0.last == 0x0D && $0.count <= 998 })
            #expect(lines.last == [])
            #expect(message.encoded.allSatisfy { (0x20...0x7E).contains($0) || [0x09, 0x0A, 0x0D].contains($0) })
        }
        for (parsed, wanted) in zip(try parse(messages), worstStrings) {
            #expect(parsed.defects == 0, "\(wanted.prefix(40))")
            #expect(parsed.to.map { $0[1] } == ["ann@example.org"])
            #expect(parsed.from.map { $0[1] } == ["shop@shop.example"])
            let names = parsed.headers.map { $0[0] }
            #expect(Set(names).count == names.count)
            #expect(
                Set(names) == [
                    "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
                ])
            #expect(parsed.images == [["<ticket-1@holdfast>", Data([0x89, 0x50, 1, 2, 255]).base64EncodedString()]])
            // NUL can't be in a mail; ends of lines are one.
            let plain = wanted.replacing("\r\n", with: "\n").replacing("\r", with: "\n").replacing("\0", with: "")
            // A last line has an end, and none after it.
            let sent = "\(plain)\n.\n\(plain)"
            let isText = parsed.text.replacing("\r\n", with: "\n").unicodeScalars
                .elementsEqual((sent.hasSuffix("\n") ? sent : sent + "\n").unicodeScalars)
            let isHTML = parsed.html?.replacing("\r\n", with: "\n").unicodeScalars
                .elementsEqual("<p>\(plain)</p>\n".unicodeScalars)
            #expect(isText && isHTML == true, "\(wanted.prefix(40))")
        }
    }

    @Test("A subject is read as it was written, if it is one line")
    func subjects() throws {
        let subjects = [
            "Your tickets for Night", "Ihre Plätze für „Nacht“", "👩‍👩‍👧‍👦 " + String(repeating: "long ", count: 50) + "end",
            "=?UTF-8?Q?no?=",
            "日本語" + String(repeating: "長", count: 100),
        ]
        let messages = try subjects.map(message)
        for (parsed, wanted) in zip(try parse(messages), subjects) {
            #expect(parsed.subject == wanted)
            // Python puts spaces between the encoded words of a name, which RFC 2047 does not.
            #expect(parsed.from[0][0].replacing(" ", with: "") == wanted.replacing(" ", with: ""))
        }
    }

    @Test("A plain text of ASCII goes as it is, so that its links stay whole")
    func plain() throws {
        var message = try message("x")
        message.html = nil
        message.images = []
        message.text = "Open\nhttps://shop.example/verify-email#code=abc\n"
        message.unsubscribeURL = "https://shop.example/u?token=x"
        let text = String(decoding: message.encoded, as: UTF8.self)
        #expect(text.contains("\r\n\r\nOpen\r\nhttps://shop.example/verify-email#code=abc\r\n"))
        #expect(text.hasSuffix("=abc\r\n"))
        #expect(text.contains("\r\nList-Unsubscribe: <https://shop.example/u?token=x>\r\n"))
        #expect(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
        #expect(text.contains("\r\nMessage-ID: <1.4711.order.0a1b2c3d4e5f@shop.example>\r\n"))
    }
}
