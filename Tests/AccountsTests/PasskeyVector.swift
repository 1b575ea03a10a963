/// What PyPI's fido2 2.2.1 wrote and signed with the keys of `cryptography`, for the account, the relying party and the
/// challenge key of ``PasskeyVectorTests``.
struct PasskeyVector: Sendable {
    var name: String
    var credentialID: String
    var registrationClientData: String
    var attestationObject: String
    var loginClientData: String
    var authenticatorData: String
    var signature: String

    static let all = [
        PasskeyVector(
            name: "es256",
            credentialID: "GUDDt1dwVI7R37FdhYMyJmfV02hZxKLBrkCu0z1m52U",
            registrationClientData:
                "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQUFFQ0F3UUZCZ2NJQ1FvTERBME9Ed0FHWlJjNmVpTUFSazVo"
                + "aFN4QVBDZU04eVBiTmdJQ3BlSFFBWjAtcXlEWGJkalVVS19JWGlZIiwib3JpZ2luIjoiaHR0cHM6Ly9zaG9wLmV4YW1wbGUiLCJj"
                + "cm9zc09yaWdpbiI6ZmFsc2V9",
            attestationObject:
                "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikD1lGPGBsWw5dPagfNuP3wXWsIwxg51whRM47dSJHYHxdAAAAAQAAAAAAAAAA"
                + "AAAAAAAAAAAAIBlAw7dXcFSO0d-xXYWDMiZn1dNoWcSiwa5ArtM9ZudlpQECAyYgASFYIFuTnBhEi-7qhele2pS4K_UvYK1mTE9n"
                + "RowvaK6VMKELIlggTWi6Q7lv6VEEII0-NO3RhKP6YKfQrXJKc25497fbVOo",
            loginClientData:
                "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFFQ0F3UUZCZ2NJQ1FvTERBME9Ed0FHWlJjNmVpTUFXNzJqbngw"
                + "cmMwVk1lcHpzNlBWUG1wdnhzZ0hOMDg2X0tDTzZva2U0LUhFIiwib3JpZ2luIjoiaHR0cHM6Ly9zaG9wLmV4YW1wbGUiLCJjcm9z"
                + "c09yaWdpbiI6ZmFsc2V9",
            authenticatorData: "D1lGPGBsWw5dPagfNuP3wXWsIwxg51whRM47dSJHYHwdAAAAAg",
            signature:
                "MEYCIQDYwD-sMTxL_MskePUrOKd2_t3IUeygzEjARUP1mODfeAIhAKXdqcHhF-RjR-Z8epUIDNOMl8lbhqyubEtTKsDmpiO5"),
        PasskeyVector(
            name: "edDSA",
            credentialID: "vN6RjWkmKXEe4YL7_O70pQfMLKZZw5BM48Dask32o04",
            registrationClientData:
                "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQUFFQ0F3UUZCZ2NJQ1FvTERBME9Ed0FHWlJjNmVpTUFSazVo"
                + "aFN4QVBDZU04eVBiTmdJQ3BlSFFBWjAtcXlEWGJkalVVS19JWGlZIiwib3JpZ2luIjoiaHR0cHM6Ly9zaG9wLmV4YW1wbGUiLCJj"
                + "cm9zc09yaWdpbiI6ZmFsc2V9",
            attestationObject:
                "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViBD1lGPGBsWw5dPagfNuP3wXWsIwxg51whRM47dSJHYHxdAAAAAQAAAAAAAAAA"
                + "AAAAAAAAAAAAILzekY1pJilxHuGC-_zu9KUHzCymWcOQTOPA2rJN9qNOpAEBAycgBiFYIBW78ZnOn994ebn7h86x5vH8cFZfHT-0"
                + "sbPYAvOTtZws",
            loginClientData:
                "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFFQ0F3UUZCZ2NJQ1FvTERBME9Ed0FHWlJjNmVpTUFXNzJqbngw"
                + "cmMwVk1lcHpzNlBWUG1wdnhzZ0hOMDg2X0tDTzZva2U0LUhFIiwib3JpZ2luIjoiaHR0cHM6Ly9zaG9wLmV4YW1wbGUiLCJjcm9z"
                + "c09yaWdpbiI6ZmFsc2V9",
            authenticatorData: "D1lGPGBsWw5dPagfNuP3wXWsIwxg51whRM47dSJHYHwdAAAAAg",
            signature: "bMhY4-rTZmGsvZgk5jZGf3W-7GG46why9jiZmE8LW7gi_EuYZiKyWXnkPQNYzCIZAocRDguigmNCpP6A90GGCg"),
        PasskeyVector(
            name: "rs256",
            credentialID: "mRCcNV8hQeoi1kP5GmbbJlLNNYNXvQrrpOxOucCuHpw",
            registrationClientData:
                "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQUFFQ0F3UUZCZ2NJQ1FvTERBME9Ed0FHWlJjNmVpTUFSazVo"
                + "aFN4QVBDZU04eVBiTmdJQ3BlSFFBWjAtcXlEWGJkalVVS19JWGlZIiwib3JpZ2luIjoiaHR0cHM6Ly9zaG9wLmV4YW1wbGUiLCJj"
                + "cm9zc09yaWdpbiI6ZmFsc2V9",
            attestationObject:
                "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVkBZw9ZRjxgbFsOXT2oHzbj98F1rCMMYOdcIUTOO3UiR2B8XQAAAAEAAAAAAAAA"
                + "AAAAAAAAAAAAACCZEJw1XyFB6iLWQ_kaZtsmUs01g1e9Cuuk7E65wK4enKQBAwM5AQAgWQEAvJ_Jtx0iHUpqpmMaFa7N9gDaQr4R"
                + "19Bjoufmd9j8W6YZ2l6vKWgH9QtubtMjqf4RwvKNaLBuI2BmTuxrM__E-bEc9q5d6USldCnS2KDb5qGxa0cSecx0VSKOmvwxhCQ1"
                + "I1V56LTX9XT_Ts52UvrD_h1aFJBIDoq5v4_Qfxv29Bk6FcZNp_RzglbknekCLFbIYxGDEBPstesfqT_U_6nbwZ2JI8bARBdpOxNr"
                + "5jdMje6tD-heQo35LdQRgnJBc-W0JhznTzpqvwOr_9_S0_Jhygm_Spkaej0a-FHZihWV8BcOwgVibHXpZoGqMZZf5JW3bLKjjp6x"
                + "RF2m9m3gwiTuryFDAQAB",
            loginClientData:
                "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFFQ0F3UUZCZ2NJQ1FvTERBME9Ed0FHWlJjNmVpTUFXNzJqbngw"
                + "cmMwVk1lcHpzNlBWUG1wdnhzZ0hOMDg2X0tDTzZva2U0LUhFIiwib3JpZ2luIjoiaHR0cHM6Ly9zaG9wLmV4YW1wbGUiLCJjcm9z"
                + "c09yaWdpbiI6ZmFsc2V9",
            authenticatorData: "D1lGPGBsWw5dPagfNuP3wXWsIwxg51whRM47dSJHYHwdAAAAAg",
            signature:
                "gcteuIjW5Do804uG2y1MUhosS55YSQ5ZIFbE-Fu7XMD3Tu3U-b29maCOAX5fsbv5QglIR6FHNjJEPDZ4teeMU0GPWSVzIijVxSAG"
                + "fSGdWRPPKxsuVkoYUJW0ZnuBso0z5X-0N_E8jLbBHmcEDipETbeyB1v2pv5hh0mhnGcuQSlbWhUfg0vbB263e-8y0GUgkxbt0BZk"
                + "mvKdaFNT6_hdiEqtNBaDlFPYty6bD3vHOC-OP9qQ0w8WkvJ5y6ugj81iKxBIJyCBPO5nOor8IPnijEBhQs32i-cCYP-U0U5fX3I3"
                + "6iz-KbV3mNSiZgQT_J0Q0D9A7aQAMKDtTgkelUwxQQ"),
    ]
}
