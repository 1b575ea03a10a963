import Domain
import Foundation
import QRCode
import Testing

@testable import Notices

@Suite("Templates of notices")
struct TemplateTests {
    @Test("Every kind is told in every language")
    func all() throws {
        let templates = try NoticeTemplates()
        #expect(templates.languages == ["de", "en"])
        #expect(Set(SampleNotices.all.map(\.notice.kind)) == Set(NoticeKind.allCases))
        for language in templates.languages {
            for (notice, show) in SampleNotices.all {
                let context = NoticeContext(notice, show, SampleNotices.frame(language))
                let rendered = templates.render(notice.kind, in: language, context.values)
                let what = Comment(rawValue: "\(language) \(notice.kind)")
                #expect(!rendered.subject.isEmpty && !rendered.subject.contains("{{"), what)
                #expect(!rendered.text.contains("{{") && !rendered.html.contains("{{"), what)
                #expect(rendered.text.contains("Other hall, Ghent"), what)
                #expect(rendered.html.contains("<html lang=\"\(language)\">"), what)
                #expect(rendered.text.contains("unsubscribe") == notice.kind.isReminder, what)
                for code in context.codes { #expect(rendered.html.contains("src=\"cid:\(code.imageID)\""), what) }
            }
        }
    }

    @Test("An order says what was bought, in the reader's language")
    func order() throws {
        let templates = try NoticeTemplates()
        let (notice, show) = try #require(SampleNotices.all.first { $0.notice.kind == .order })
        func rendered(_ language: String) -> NoticeTemplates.Rendered {
            let context = NoticeContext(notice, show, SampleNotices.frame(language))
            return templates.render(.order, in: language, context.values)
        }
        #expect(rendered("en").subject == "Your tickets for Another night")
        #expect(rendered("de").subject == "Ihre Tickets für Another night")
        #expect(rendered("en").text.contains("Ticket 1: Stalls, row 4, seat 12, Child"))
        #expect(rendered("de").text.contains("Ticket 1: Stalls, Reihe 4, Platz 12, Child"))
        #expect(rendered("en").text.contains("Ticket 2: Floor, Child"))
        #expect(rendered("en").text.contains("32.00") && rendered("de").text.contains("32,00"))
        #expect(rendered("de").text.contains("Dezember") || rendered("de").text.contains("Januar"))
    }

    @Test("What people typed is text: no tag, no template, no line of its own")
    func worst() throws {
        let templates = try NoticeTemplates()
        for language in templates.languages {
            for (notice, sample) in SampleNotices.all {
                for text in worstStrings { check(notice, sample, saying: text, in: language, templates) }
            }
        }
    }

    private func check(
        _ notice: Notice, _ sample: ShowFacts, saying text: String, in language: String, _ templates: NoticeTemplates
    ) {
        var show = sample
        (show.name, show.artist, show.venueName, show.city) = (text, text, text, text)
        show.areaNames = show.areaNames.mapValues { _ in text }
        show.seats = show.seats.mapValues { _ in .init(zone: text, row: text, number: text) }
        var frame = SampleNotices.frame(language)
        frame.senderName = text
        let rendered = templates.render(notice.kind, in: language, NoticeContext(notice, show, frame).values)
        let what = Comment(rawValue: "\(language) \(notice.kind) \(text.prefix(20))")
        #expect(!rendered.html.contains("<script>") && !rendered.html.contains("<b>"), what)
        #expect(!rendered.subject.contains("\n") && rendered.subject.count < 300, what)
        #expect(rendered.text.count < 5_000 && rendered.html.utf8.count < 50_000, what)
        #expect(!rendered.text.unicodeScalars.contains("\u{202E}"), what)
        #expect(!rendered.text.split(separator: "\n").contains { $0.hasPrefix("Bcc:") }, what)
        // A name that looks like a template is shown as it is.
        if text.hasPrefix("{{") { #expect(rendered.text.contains("{{name}} {{{body}}} {{/show}}"), what) }
    }

    @Test("A broken template is found when it is loaded")
    func broken() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-templates-\(UUID().uuidString)")
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        func fault(_ path: String, _ text: String) throws -> String? {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            defer {
                #expect(throws: Never.self) { try FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
            }
            do {
                _ = try NoticeTemplates(folder: folder.path)
                return nil
            } catch let error as NoticeTemplateError {
                return error.description
            }
        }
        #expect(try fault("en/order.subject.mustache", "Hello {{show.name}}") == nil)
        let faults = try [
            fault("en/order.subject.mustache", "{{show.nmae}}"), fault("en/order.text.mustache", "{{#show}}open"),
            fault("en/order.text.mustache", "{{#show}}{{/tickets}}"), fault("en/order.html.mustache", "{{>other}}"),
            fault("en/order.html.mustache", "{{show.name"), fault("en/oder.html.mustache", "x"),
            fault("en/order.subject.mustache", " \n"), fault("fr/order.subject.mustache", "x"),
            fault("en/refund.text.mustache", "{{tickets}}"), fault("EN!/order.subject.mustache", "x"),
            fault("en/order.text.mustache", String(repeating: "x", count: 300_000)),
        ]
        for (index, fault) in faults.enumerated() { #expect(fault != nil, "\(index)") }
        #expect(faults[0] == "en/order.subject.mustache: there is no “nmae”")
        #expect(throws: NoticeTemplateError.self) { try NoticeTemplates(folder: "\(folder.path)/none") }
    }

    @Test("A code is a PNG image of its modules")
    func png() throws {
        let code = try #require(QRCode("holdfast"))
        let png = code.png(scale: 2)
        #expect(png.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        let width = UInt8((code.side + 8) * 2)
        #expect(Array(png[16..<24]) == [0, 0, 0, width, 0, 0, 0, width])
        #expect(png.suffix(12).prefix(8) == [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44])
    }
}
