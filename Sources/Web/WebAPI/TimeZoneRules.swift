import Foundation

/// The time zones whose rules this machine knows (https://www.iana.org/time-zones).
public enum TimeZoneRules {
    /// Whether a time zone is called so. Names only: no offsets such as `GMT+5`, which Foundation would take, too.
    public static func areKnown(of name: String) -> Bool {
        guard name == "UTC" || name.contains("/"), TimeZone(identifier: name) != nil else { return false }
        return name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
