import Foundation
import Subprocess
import SystemPackage

/// A way for mail to leave the service.
public protocol MailTransport: Sendable {
    /// Hands over a whole message (RFC 5322). When this returns, the mail is somebody else's to deliver.
    ///
    /// - Parameter id: unique, of letters and digits, in the order of time.
    func deliver(_ message: String, id: String) async throws
}

/// A mail was not taken. What it says names nobody.
public struct UndeliveredMail: Error, CustomStringConvertible {
    public var description: String
}

/// Gives mail to a program with sendmail's interface, as Postfix, Exim, OpenSMTPD, msmtp and nullmailer bring it. The program
/// queues it, and speaks SMTP with whomever it is set up for.
public struct Sendmail: MailTransport {
    /// How long the program may take over one mail.
    public static let timeout = Duration.seconds(30)

    private let path: String

    /// - Parameter path: the program's absolute path, such as `/usr/sbin/sendmail`.
    public init(path: String) { self.path = path }

    public func deliver(_ message: String, id: String) async throws {
        let status = try await withThrowingTaskGroup(of: TerminationStatus?.self) { group in
            group.addTask { [path] in
                // The readers are in the message (-t); a line with a lone dot does not end it (-i).
                try await Subprocess.run(
                    .path(FilePath(path)), arguments: ["-t", "-i"], input: .string(message), output: .discarded
                ).terminationStatus
            }
            group.addTask {
                try await Task.sleep(for: Self.timeout)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let status else { throw UndeliveredMail(description: "the program took longer than \(Self.timeout)") }
        guard status.isSuccess else { throw UndeliveredMail(description: "the program ended with \(status)") }
    }
}

/// Writes mail into a folder, a file each: for an instance on one's own machine.
public struct MailFolder: MailTransport {
    /// Mails that the folder keeps; the oldest go first.
    public static let countMax = 1000

    private let path: String

    public init(path: String) { self.path = path }

    public func deliver(_ message: String, id: String) async throws {
        let files = FileManager.default
        try files.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let aside = "\(path)/.\(id)"
        guard files.createFile(atPath: aside, contents: Data(message.utf8), attributes: [.posixPermissions: 0o600])
        else {
            throw UndeliveredMail(description: "the folder can't be written to")
        }
        try files.moveItem(atPath: aside, toPath: "\(path)/\(id).eml")
        let mails = try files.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".eml") }.sorted()
        // Another node may have deleted it first.
        for mail in mails.dropLast(Self.countMax) where files.fileExists(atPath: "\(path)/\(mail)") {
            try files.removeItem(atPath: "\(path)/\(mail)")
        }
    }
}
