/// What people, and those who mean harm, might have typed somewhere.
let worstStrings = [
    "", " ", "Ann", "Añ", "日本語の長い題名" + String(repeating: "長", count: 60), "👩‍👩‍👧‍👦🇺🇳🏳️‍🌈", "שלום עולם", "\u{202E}drawkcab",
    "a\r\nBcc: victim@example.org", "a\nb\rc\u{2028}d\u{85}e\u{0}f\tg", "\"quoted\" \\ back", "=?UTF-8?Q?no?=",
    "{{name}} {{{body}}} {{/show}}",
    "<script>alert('x')</script> & <b>", "'; DROP TABLE accounts; --", ".", "..", "From here", "--=_related",
    "--=_alternative--",
    String(repeating: "x", count: 10_000), String(repeating: "word ", count: 2_000),
    String(repeating: "é", count: 10_000),
    "<ann@example.org>, eve@example.org", "%s%n", "\u{FEFF}bom",
    "e\u{301}" + String(repeating: "\u{301}", count: 3_000),
]
