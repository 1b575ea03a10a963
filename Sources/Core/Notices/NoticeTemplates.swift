import Foundation
import Mustache

/// A template can't be used.
public struct NoticeTemplateError: Error, Equatable, CustomStringConvertible {
    public var description: String
}

/// What notices say, by language and kind: a subject, a plain text and HTML each, and the layout of a language's texts.
///
/// Templates are Mustache, with variables and sections alone. Each is tried when they are loaded, so that a broken one is found
/// then, and not when it is to be sent.
public struct NoticeTemplates: Sendable {
    /// A notice as its reader is to see it.
    public struct Rendered: Equatable, Sendable {
        /// One line.
        public var subject: String
        public var text: String
        public var html: String
    }

    enum Part: String, CaseIterable {
        case subject, text, html
    }

    /// Bytes of a template.
    static let bytesMax = 256 << 10
    private static let suffix = ".mustache"
    private static let layouts = ["layout.text", "layout.html"]
    private static let names = Set(
        NoticeKind.allCases.flatMap { kind in Part.allCases.map { "\(kind.rawValue).\($0.rawValue)" } } + layouts)

    /// By language, then by name.
    private let templates: [String: [String: MustacheTemplate]]

    /// Languages, such as `de`, in order.
    public var languages: [String] { templates.keys.sorted() }

    /// - Parameter folder: an operator's own templates, in a folder for each language: `de/order.text.mustache`. A language
    ///   that the program does not bring has to have all of them. Nil: those of the program alone.
    /// - Throws: ``NoticeTemplateError`` for the first that can't be used.
    public init(folder: String? = nil) throws {
        guard let own = Bundle.module.url(forResource: "Templates", withExtension: nil)?.path else {
            throw NoticeTemplateError(description: "the program's own templates are missing")
        }
        var sources = try Self.read(own)
        if let folder {
            for (language, files) in try Self.read(folder) {
                sources[language, default: [:]].merge(files) { _, theirs in theirs }
            }
        }
        var templates: [String: [String: MustacheTemplate]] = [:]
        for (language, files) in sources {
            let missing = Self.names.subtracting(files.keys).sorted()
            guard missing.isEmpty else {
                throw NoticeTemplateError(description: "\(language)/\(missing[0])\(Self.suffix) is missing")
            }
            templates[language] = try Self.compile(files, language)
        }
        self.templates = templates
        for language in languages {
            for (notice, show) in SampleNotices.all { try check(notice, show, language) }
        }
    }

    /// - Parameters:
    ///   - language: one of ``languages``.
    ///   - values: see ``NoticeContext/values``.
    public func render(_ kind: NoticeKind, in language: String, _ values: [String: Any]) -> Rendered {
        func part(_ name: String, _ values: [String: Any]) -> String {
            guard let template = templates[language]?[name] else {
                preconditionFailure("every language has every template: \(language)/\(name)")
            }
            return template.render(values)
        }
        func laidOut(_ part: String) -> [String: Any] { values.merging(["body": part]) { $1 } }
        let subject = part("\(kind.rawValue).subject", values).split(whereSeparator: \.isWhitespace)
        return Rendered(
            subject: subject.joined(separator: " "),
            text: part("layout.text", laidOut(part("\(kind.rawValue).text", values))),
            html: part("layout.html", laidOut(part("\(kind.rawValue).html", values))))
    }

    // MARK: Loading

    private static func read(_ folder: String) throws -> [String: [String: String]] {
        let files = FileManager.default
        var sources: [String: [String: String]] = [:]
        guard let languages = try? files.contentsOfDirectory(atPath: folder) else {
            throw NoticeTemplateError(description: "\(folder) can't be read")
        }
        for language in languages.sorted() where !language.hasPrefix(".") {
            guard isLanguage(language), let found = try? files.contentsOfDirectory(atPath: "\(folder)/\(language)")
            else { throw NoticeTemplateError(description: "\(folder)/\(language) is no folder of a language") }
            for file in found.sorted() where !file.hasPrefix(".") {
                let path = "\(folder)/\(language)/\(file)"
                let name = String(file.dropLast(suffix.count))
                guard file.hasSuffix(suffix), names.contains(name) else {
                    throw NoticeTemplateError(description: "\(path) is no template of any notice")
                }
                guard let bytes = files.contents(atPath: path), bytes.count <= bytesMax,
                    let text = String(validating: bytes, as: UTF8.self)
                else { throw NoticeTemplateError(description: "\(path) can't be read, or is too large") }
                sources[language, default: [:]][name] = text
            }
        }
        return sources
    }

    /// A language tag, as far as templates need one.
    public static func isLanguage(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return text.utf8.count <= 16 && (2...3).contains(parts[0].count)
            && parts.dropFirst().allSatisfy { (2...8).contains($0.count) }
            && parts.allSatisfy {
                $0.utf8.allSatisfy { byte in
                    Unicode.Scalar(byte).properties.isAlphabetic || (0x30...0x39).contains(byte)
                }
            }
            && text.utf8.allSatisfy { $0 < 0x80 } && parts[0] == parts[0].lowercased()
    }

    private static func compile(
        _ files: [String: String], _ language: String
    ) throws -> [String: MustacheTemplate] {
        var compiled: [String: MustacheTemplate] = [:]
        for (name, text) in files {
            let place = "\(language)/\(name)\(suffix)"
            let kind = NoticeKind.allCases.first { name.hasPrefix("\($0.rawValue).") }
            let known = SampleNotices.names(of: kind).union(layouts.contains(name) ? ["body"] : [])
            do throws(NoticeTemplateError) {
                try TemplateTags.check(text, known: known)
            } catch {
                throw NoticeTemplateError(description: "\(place): \(error)")
            }
            do {
                let isHTML = name.hasSuffix(".html")
                compiled[name] = try MustacheTemplate(string: (isHTML ? "" : "{{%CONTENT_TYPE:TEXT}}") + text)
            } catch {
                throw NoticeTemplateError(description: "\(place): \(error)")
            }
        }
        return compiled
    }

    /// That a notice can be rendered.
    private func check(_ notice: Notice, _ show: ShowFacts, _ language: String) throws {
        let context = NoticeContext(notice, show, SampleNotices.frame(language))
        let rendered = render(notice.kind, in: language, context.values)
        guard !rendered.subject.isEmpty, rendered.text.contains(where: { !$0.isWhitespace }),
            rendered.html.contains(where: { !$0.isWhitespace })
        else { throw NoticeTemplateError(description: "\(language)/\(notice.kind.rawValue): nothing comes of it") }
    }
}
