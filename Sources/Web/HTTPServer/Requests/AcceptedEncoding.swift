public import HTTPTypes

extension HTTPFields {
    /// Whether the caller takes an answer that is compressed with gzip (RFC 9110, section 12.5.3).
    public var acceptsGzip: Bool {
        var acceptsRest = false
        for value in self[values: .acceptEncoding] {
            for part in value.lowercased().split(separator: ",") {
                let parameters = part.split(separator: ";").map { $0.trimming { $0 == " " || $0 == "\t" } }
                let weight = parameters.dropFirst().first { $0.hasPrefix("q=") }.map { $0.dropFirst(2) }
                let isWanted = weight.map { Double($0).map { $0 > 0 } ?? false } ?? true
                switch parameters.first {
                case "gzip", "x-gzip": return isWanted
                case "*": acceptsRest = isWanted
                default: break
                }
            }
        }
        return acceptsRest
    }
}
