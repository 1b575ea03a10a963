import Bots
import Testing

@Suite("Headers")
struct HeaderOddityTests {
    private static let chrome =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

    private func traits(_ agent: String?, secure: Bool = true, complete: Bool = true) -> HeaderTraits {
        var traits = HeaderTraits(userAgent: agent)
        traits.isSecure = secure
        traits.hasAcceptLanguage = complete
        traits.hasFetchMetadata = complete
        traits.hasClientHints = complete
        return traits
    }

    @Test("of browsers and apps are as they are")
    func good() {
        #expect(HeaderOddity(traits(Self.chrome)) == .none)
        #expect(HeaderOddity(traits("TicketApp/4 okhttp/4.12", complete: false)) == .none)
        // Browsers send neither fetch metadata nor client hints to an origin that is not secure.
        var plain = traits(Self.chrome, secure: false, complete: false)
        plain.hasAcceptLanguage = true
        #expect(HeaderOddity(plain) == .none)
    }

    @Test("of programs are told by name, by what they lack, and by their TLS")
    func odd() {
        #expect(HeaderOddity(traits("python-requests/2.32")) == .program)
        #expect(HeaderOddity(traits(Self.chrome.replacing("Chrome", with: "HeadlessChrome"))) == .program)
        #expect(HeaderOddity(traits(nil)) == .anonymous && HeaderOddity(traits("")) == .anonymous)
        #expect(HeaderOddity(traits(Self.chrome, complete: false)) == .contradictory)
        #expect(HeaderOddity(traits("Mozilla/5.0 (Macintosh) Version/15 Safari/605", complete: false)) == .bare)
        var tls = traits(Self.chrome)
        for (ja4, oddity): (String, HeaderOddity) in [
            ("t13d1516h2_8daaf6152771_b0da82dd1658", .none), ("q13d0312h3_55b375c5d22e_06cda9e17597", .none),
            ("t13d181100_85036bcba153_d41ae481755e", .contradictory),
            ("t10d1516h2_8daaf6152771_b0da82dd1658", .contradictory), ("", .none), ("nonsense", .none),
        ] {
            tls.ja4 = ja4
            #expect(HeaderOddity(tls) == oddity, "\(ja4)")
        }
    }

    @Test("that are as long as can be, or no text, do no harm")
    func hostile() {
        _ = HeaderOddity(traits(String(repeating: "chrome/", count: 10_000)))
        _ = HeaderOddity(traits("mozilla/ chrome/99999999999999999999"))
        _ = HeaderOddity(traits("mozilla/ chrome/\u{0661}\u{0662}"))
        #expect(traits("a").print != traits("b").print)
    }
}
