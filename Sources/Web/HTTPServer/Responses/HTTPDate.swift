import Foundation
import Synchronization

/// The time in the form of the `Date` header (RFC 9110, section 5.6.7), written once a second.
public enum HTTPDate {
    private static let formatter = {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter
    }()
    private static let latest = Mutex<(second: time_t, text: String)>((0, ""))

    public static func now() -> String {
        let now = time(nil)
        return latest.withLock { latest in
            if latest.second != now {
                latest = (now, formatter.string(from: Date(timeIntervalSince1970: TimeInterval(now))))
            }
            return latest.text
        }
    }
}
