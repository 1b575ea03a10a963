/// What of a request's headers tells programs from browsers.
public struct HeaderTraits: Equatable, Sendable {
    public var userAgent: String?
    public var hasAcceptLanguage = false
    /// `Sec-Fetch-Site` or `Sec-Fetch-Mode`.
    public var hasFetchMetadata = false
    /// `Sec-CH-UA`.
    public var hasClientHints = false
    /// The caller's connection is encrypted, as far as anybody knows: browsers send some headers on such only.
    public var isSecure = false
    /// The JA4 fingerprint of the caller's TLS, as a proxy tells it, such as `t13d1516h2_8daaf6152771_b0da82dd1658`; nil:
    /// nobody tells.
    public var ja4: String?

    public init(userAgent: String? = nil) { self.userAgent = userAgent }
}

extension HeaderOddity {
    /// Bytes of a header that are looked at.
    private static let bytesMax = 512
    /// Libraries that scripts are written with, and browsers that are driven by them. What apps for phones are made of
    /// (okhttp, CFNetwork, Dart) is not among them.
    private static let programs = [
        "curl/", "wget/", "python", "httpx/", "aiohttp", "go-http-client", "java/", "apache-httpclient", "node-fetch",
        "axios/", "undici", "libwww", "ruby", "guzzle", "scrapy", "headless", "phantomjs", "puppeteer", "playwright",
        "selenium", "postman", "insomnia", "k6/", "locust",
    ]

    public init(_ traits: HeaderTraits) {
        guard let agent = traits.userAgent.map({ String($0.prefix(Self.bytesMax)).lowercased() }), !agent.isEmpty else {
            self = .anonymous
            return
        }
        if Self.programs.contains(where: { agent.contains($0) }) {
            self = .program
        } else if !agent.hasPrefix("mozilla/") {
            // An app.
            self = .none
        } else if Self.contradicts(agent, traits) {
            self = .contradictory
        } else if !traits.hasAcceptLanguage || traits.isSecure && !traits.hasFetchMetadata {
            self = .bare
        } else {
            self = .none
        }
    }

    private static func contradicts(_ agent: String, _ traits: HeaderTraits) -> Bool {
        if let ja4 = traits.ja4, !isBrowsers(ja4) { return true }
        // Chromium sends fetch metadata since version 76 and client hints since version 89, to secure origins.
        guard traits.isSecure, let version = version(after: "chrome/", in: agent), version >= 89 else { return false }
        // WebViews on Apple's systems call themselves CriOS, and have neither.
        return !traits.hasFetchMetadata || !traits.hasClientHints
    }

    private static func version(after name: String, in agent: String) -> Int? {
        guard let range = agent.firstRange(of: name) else { return nil }
        return Int(agent[range.upperBound...].prefix { $0.isASCII && $0.isNumber }.prefix(4))
    }

    /// All browsers of these years speak TLS 1.2 or 1.3, and offer HTTP/2 or 3 before anything else. The fingerprint begins
    /// with the transport, two digits of the version, a letter for SNI, the numbers of ciphers and extensions with two
    /// digits each, and the first and the last character of the first protocol that is offered (JA4, Technical Details).
    private static func isBrowsers(_ ja4: String) -> Bool {
        let head = ja4.utf8.prefix { $0 != UInt8(ascii: "_") }
        // What has another form is not JA4, and says nothing.
        guard head.count == 10 else { return true }
        let text = Array(head)
        let version = String(decoding: text[1..<3], as: UTF8.self)
        let offered = String(decoding: text[8..<10], as: UTF8.self)
        return ["12", "13"].contains(version) && ["h2", "h3"].contains(offered)
    }
}

extension HeaderTraits {
    /// A number that all requests with the same headers have in common (FNV-1a, 64 bits).
    public var print: UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for text in [userAgent, ja4] {
            for byte in (text ?? "").utf8.prefix(512) { add(byte) }
            add(0)
        }
        for trait in [hasAcceptLanguage, hasFetchMetadata, hasClientHints] { add(trait ? 1 : 0) }
        return hash
    }
}
