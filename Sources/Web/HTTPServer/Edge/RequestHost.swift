import HTTPTypes

/// Whether a request says once and clearly which host it is for (RFC 9112, section 3.2; RFC 9113, section 8.3.1): two parties
/// on its way must not understand two hosts.
enum RequestHost {
    /// - Parameters:
    ///   - authority: the first `Host`, or `:authority`; nil: there is none.
    ///   - others: further `Host` fields.
    ///   - isStream: HTTP/2, where `Host` may stand beside `:authority` if it says the same, or in its place.
    ///   - isOld: HTTP/1.0, which has no need of one.
    static func isClear(_ authority: String?, others: [String], isStream: Bool, isOld: Bool) -> Bool {
        guard let authority else {
            return isStream ? others.count == 1 && isHost(others[0]) : isOld && others.isEmpty
        }
        guard isHost(authority) else { return false }
        return others.isEmpty || isStream && others == [authority]
    }

    /// A name, an IPv4 address or an IPv6 address in brackets, with a port or without.
    static func isHost(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "[") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = rest[..<end].dropFirst()
            guard (2...45).contains(address.count), address.allSatisfy(isOfAddress) else { return false }
            rest = rest[end...].dropFirst()
        } else {
            let name = rest.prefix(while: isOfName)
            guard (1...255).contains(name.count) else { return false }
            rest = rest[name.endIndex...]
        }
        guard let colon = rest.first else { return true }
        let port = rest.dropFirst()
        return colon == UInt8(ascii: ":") && port.count <= 5 && port.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"):
            true
        default: isDigit(byte)
        }
    }

    private static func isOfAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"),
            UInt8(ascii: "."):
            true
        default: isDigit(byte)
        }
    }
}
