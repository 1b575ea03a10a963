import Foundation

/// What a libpq connection string says (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING).
public enum Conninfo {
    /// Whether it has a password, which nobody but the process may see.
    public static func hasPassword(_ text: String) -> Bool {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            // A password may have characters that no URL has: the @ before the first slash tells.
            let authority = text.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
            if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") { return true }
        }
        return text.firstMatch(of: /(?i)password\s*=/) != nil
    }

    /// What to tell whoever gives one on a command line.
    public static let passwordAdvice =
        "A command line is seen by everybody on the machine: put the password into a file that PGPASSFILE or passfile= "
        + "names, or into the environment (PGPASSWORD)."
}
