/// Where a publisher binds, or a subscriber connects: `tcp://host:port` or `ipc://path`.
public struct FanoutEndpoint: Hashable, Sendable, CustomStringConvertible {
    private static let lengthMax = 256

    /// As libzmq reads it.
    public let description: String
    /// Whether the file system says who may use it, as it does for `ipc://`. Any program on the machine can reach a TCP port,
    /// and bind it while its owner is away, on the loopback interface too.
    public let isGuardedByFiles: Bool
    /// An IPv6 address is written in brackets, `tcp://[::1]:5555`. Names are looked up as IPv4 only: with both, which one
    /// is used would depend on the machine.
    let isIPv6: Bool
    /// Good for binding only.
    let hasWildcard: Bool

    /// For publishers, the port may be `*`: any free one.
    public init(_ text: String) throws(FanoutError) {
        func invalid(_ why: String) -> FanoutError {
            FanoutError(code: .invalidEndpoint, message: "\(why): \(text.prefix(Self.lengthMax).debugDescription)")
        }
        guard text.utf8.count <= Self.lengthMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw invalid("an endpoint is at most \(Self.lengthMax) visible ASCII characters")
        }
        description = text
        if text.hasPrefix("ipc://") {
            guard text.utf8.count > "ipc://".utf8.count else { throw invalid("ipc:// needs a path") }
            // A name in the abstract namespace is no file.
            isGuardedByFiles = !text.hasPrefix("ipc://@")
            isIPv6 = false
            hasWildcard = text == "ipc://*"
            return
        }
        guard text.hasPrefix("tcp://") else { throw invalid("an endpoint begins with tcp:// or ipc://") }
        let address = text.dropFirst("tcp://".count)
        guard let colon = address.lastIndex(of: ":") else { throw invalid("a tcp:// endpoint ends with :port") }
        let host = address[..<colon]
        let port = address[address.index(after: colon)...]
        guard port == "*" || (port.utf8.allSatisfy(isDigit) && UInt16(port) ?? 0 >= 1) else {
            throw invalid("a port is 1 to 65535, or * for any free one")
        }
        hasWildcard = host == "*" || port == "*"
        isGuardedByFiles = false
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inside = host.dropFirst().dropLast()
            guard !inside.isEmpty, inside.utf8.allSatisfy({ isNameByte($0) || $0 == UInt8(ascii: ":") }) else {
                throw invalid("no IPv6 address")
            }
            isIPv6 = true
        } else {
            guard host == "*" || (!host.isEmpty && host.utf8.allSatisfy(isNameByte)) else { throw invalid("no host") }
            isIPv6 = false
        }
    }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

private func isNameByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || ".-_%".utf8.contains(byte)
}
