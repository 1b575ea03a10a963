import ShowSearch
import Testing

@Suite struct `Texts to find shows by` {
    @Test(arguments: [
        ("Köln", "koln"), ("KÖLN", "koln"), ("Ｋｏ\u{308}ｌｎ", "koln"), ("Straße", "strasse"), ("STRASSE", "strasse"),
        ("Łódź", "lodz"), ("Ærø", "aero"), ("İstanbul", "istanbul"), ("ısparta", "isparta"), ("Ελλάς", "ελλασ"),
        ("  A\tnight \u{2003} out ", "a night out"), ("AC/DC", "ac dc"), ("P!nk", "p nk"), ("ﬁn", "fin"),
        ("№ 5", "no 5"), ("ＡＢＣ１２３", "abc123"), ("Zoë's", "zoe s"), ("%_'\"\\;--", ""), ("🎸🏴󠁧󠁢󠁥󠁮󠁧󠁿", ""), ("", ""),
        ("שָׁלוֹם", "שלום"), ("\u{200F}שלום\u{200F}", "שלום"), ("مُحَمَّد", "محمد"), ("أحمد", "احمد"), ("Ёлка", "елка"),
        ("soft\u{AD}hyphen", "softhyphen"), ("a\u{0}b", "a b"),
    ])
    func `are one whatever their form`(text: String, key: String) {
        #expect(SearchText.key(text) == key)
    }

    @Test func `of scripts without spaces are found by any two characters`() {
        let words = SearchText.words("東京ドーム")
        #expect(words == ["東京", "京と", "とー", "ーむ", "む"])
        #expect(SearchText.words("ガ") == ["か", "か"])
        #expect(SearchText.words("東京 Dome2035").suffix(1) == ["dome2035"])
        #expect(SearchWords("ドーム").query() == "('とー' & 'ーむ')")
        #expect(SearchWords("東").query() == "('東':*)")
    }

    @Test func `with marks inside are one word as well`() {
        #expect(SearchText.words("AC/DC live") == ["ac", "dc", "acdc", "live"])
        #expect(SearchText.words("a-b-c-d-e") == ["a", "b", "c", "d", "e"])
        #expect(SearchWords("ac/dc live").query() == "(('ac' & 'dc') | 'acdc') & ('live':*)")
        #expect(SearchWords("AC/DC").query() == "(('ac' & 'dc':*) | 'acdc':*)")
        #expect(SearchWords("night tide", isTyping: false).query(in: "A") == "('night':A) & ('tide':A)")
        #expect(SearchWords("'; DROP TABLE x; --").query() == "('drop') & ('table') & ('x':*)")
        #expect(SearchWords("% _").isEmpty)
    }

    @Test func `are cut where they are too long`() {
        let long = String(repeating: "ä", count: 200)
        #expect(SearchText.words(long).map(\.count) == [64])
        #expect(SearchText.sortKey(long).utf8.count == 64)
        #expect(SearchText.sortKey(String(repeating: "の", count: 100)).utf8.count <= 64)
        #expect(SearchWords(Array(repeating: "word", count: 100).joined(separator: " ")).termQueries.count == 16)
    }

    @Test(arguments: [
        ("metalica", "metallica", 1), ("beyonse", "beyonce", 1), ("rammstien", "rammstein", 1), ("qeen", "queen", 1),
        ("bjrok", "bjork", 1), ("addele", "adele", 1), ("kitten", "sitting", 3), ("", "ab", 2), ("ab", "ab", 0),
        ("чайковскй", "чайковский", 1),
    ])
    func `are apart by typing errors`(a: String, b: String, errors: Int) {
        #expect(SearchText.distance(a, b, max: 3) == errors)
        #expect(SearchText.distance(b, a, max: 3) == errors)
        #expect(SearchText.distance(a, b, max: errors - 1) == nil)
    }

    @Test func `may have as many errors as leave them what they are`() {
        #expect(["ab", "abc", "abcde", "abcdef", "2035", "東京"].map(SearchText.errorsMax) == [0, 1, 1, 2, 0, 0])
        let alternatives = SearchWords.alternatives([
            ("qeen", "queen"), ("qeen", "green"), ("rock", "rock"), ("rock", "lock"),
        ])
        #expect(alternatives["qeen"]?.map(\.word) == ["queen"])
        // What there is was meant.
        #expect(alternatives["rock"] == nil)
        #expect(SearchWords("qeen rock").query(alternatives) == "(('qeen' | 'queen')) & ('rock':*)")
        #expect(SearchWords("qeen rock").uncertain == ["qeen", "rock"])
    }

    @Test func `have trigrams in every alphabet`() {
        #expect(SearchText.trigramKey("abc1") == "abc1")
        let key = SearchText.trigramKey("чайковский")
        #expect(key.utf8.count == 10 && key.utf8.allSatisfy { (0x61...0x7A).contains($0) })
    }
}
