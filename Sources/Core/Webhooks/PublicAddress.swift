import Foundation

/// Whether the internet, and not this machine or its network, is at an address: a node must not be made to call what only
/// it can reach (server-side request forgery).
///
/// By the registries of special-purpose addresses of RFC 6890: whatever is in one is refused.
public enum PublicAddress {
    /// - Parameter bytes: 4 or 16, in network order.
    public static func contains(_ bytes: [UInt8]) -> Bool {
        switch bytes.count {
        case 4: return isPublic4(bytes)
        case 16: return isPublic6(bytes)
        default: return false
        }
    }

    /// The bytes of an address as text, such as `192.0.2.1` or `2001:db8::1`, in network order; nil: it is none.
    public static func bytes(of text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }

    private static func isPublic4(_ b: [UInt8]) -> Bool {
        switch (b[0], b[1]) {
        case (0, _), (10, _), (127, _), (224..., _): false  // this network, private, loopback, multicast and reserved
        case (100, 64...127): false  // shared by carriers
        case (169, 254): false  // link-local
        case (172, 16...31), (192, 168): false  // private
        case (192, 0) where b[2] == 0 || b[2] == 2: false  // protocols, documentation
        case (192, 31) where b[2] == 196, (192, 52) where b[2] == 193, (192, 175) where b[2] == 48: false  // AS112, AMT
        case (192, 88) where b[2] == 99: false  // 6to4 relays
        case (198, 18...19): false  // benchmarks
        case (198, 51) where b[2] == 100, (203, 0) where b[2] == 113: false  // documentation
        default: true
        }
    }

    private static func isPublic6(_ b: [UInt8]) -> Bool {
        // An IPv4 address in another dress: mapped, compatible, translated (RFC 6052), 6to4.
        if b[..<10].allSatisfy({ $0 == 0 }), b[10...11].elementsEqual([0xFF, 0xFF]) {
            return isPublic4(Array(b[12...]))
        }
        if b[..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return isPublic4(Array(b[12...])) }
        if b[0] == 0x20, b[1] == 0x02 { return isPublic4(Array(b[2...5])) }
        // Of the rest, only what is handed out as global unicast, without its special parts.
        guard b[0] & 0xE0 == 0x20 else { return false }
        if b[0] == 0x20, b[1] == 0x01 {
            if b[2] < 2 { return false }  // 2001::/23, protocols (Teredo, ORCHID)
            if b[2] == 0x0D, b[3] == 0xB8 { return false }  // documentation
        }
        return !(b[0] == 0x3F && b[1] == 0xFF && b[2] & 0xF0 == 0)  // documentation, RFC 9637
    }
}
