/// The tags of a Mustache template.
enum TemplateTags {
    /// Checks that a template says nothing but what there is: a misspelt name would show nothing, and nobody would know.
    ///
    /// - Parameter known: the names of variables and sections.
    static func check(_ text: String, known: Set<String>) throws(NoticeTemplateError) {
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            rest = rest[start.upperBound...]
            let isUnescaped = rest.hasPrefix("{")
            guard let end = rest.firstRange(of: isUnescaped ? "}}}" : "}}") else {
                throw NoticeTemplateError(description: "a tag has no end")
            }
            var tag = rest[..<end.lowerBound]
            rest = rest[end.upperBound...]
            if tag.hasPrefix("!") { continue }
            if let first = tag.first, "{&#^/".contains(first) { tag = tag.dropFirst() }
            let name = tag.trimmingPrefix(while: \.isWhitespace).prefix { !$0.isWhitespace }
            guard name == "." || (!name.isEmpty && name.allSatisfy { $0 == "." || ($0.isASCII && $0.isLetter) }) else {
                throw NoticeTemplateError(description: "“\(tag)” is neither a variable nor a section")
            }
            for part in name.split(separator: ".") where !known.contains(String(part)) {
                throw NoticeTemplateError(description: "there is no “\(part)”")
            }
        }
    }
}
