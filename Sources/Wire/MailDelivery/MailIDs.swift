public import Domain

extension OutgoingMail {
    /// What puts ids of mails into the order of time.
    public static func idPrefix(at time: Timestamp) -> String {
        let digits = String(max(time.microseconds, 0))
        return String(repeating: "0", count: max(0, 17 - digits.count)) + digits
    }
}
