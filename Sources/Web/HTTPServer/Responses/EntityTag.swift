public import HTTPTypes
import NIOCore

/// Entity tags made of the bytes that they stand for (RFC 9110, section 8.8.3).
public enum EntityTag {
    /// FNV-1a of 64 bits: finds another version, not somebody who wants to make two versions look the same.
    public static func of(_ bytes: some Sequence<UInt8>) -> String {
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "\"\(String(hash, radix: 36))\""
    }
}

extension WholeResponse {
    /// The response for callers who may keep it and have to ask whether it is still good: with an entity tag of its body, and
    /// as 304 without the body where the caller has it.
    public func revalidated(by request: HTTPFields) -> WholeResponse {
        let tag = EntityTag.of(body.readableBytesView)
        var response = self
        if request.isCurrent(tag) {
            response = WholeResponse(.notModified)
            response.headers = headers.without(.contentType, .contentLength)
        }
        response.headers[.eTag] = tag
        response.headers[.cacheControl] = "no-cache"
        return response
    }
}

extension HTTPFields {
    fileprivate func without(_ names: HTTPField.Name...) -> HTTPFields {
        var fields = self
        for name in names { fields[name] = nil }
        return fields
    }

    /// The caller has the version with this entity tag (RFC 9110, section 13.1.2).
    public func isCurrent(_ tag: String) -> Bool {
        guard let tags = self[.ifNoneMatch] else { return false }
        return tags == "*"
            || tags.split(separator: ",").contains { part in
                let part = part.drop { $0 == " " }
                return (part.hasPrefix("W/") ? part.dropFirst(2) : part).prefix { $0 != " " } == tag
            }
    }
}
