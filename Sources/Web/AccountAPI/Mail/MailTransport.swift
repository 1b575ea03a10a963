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
        let mail = try Self.file(of: message)
        let status = try await withThrowingTaskGroup(of: TerminationStatus?.self) { group in
            group.addTask { [path] in
                // The readers are in the message (-t); a line with a lone dot does not end it (-i).
                try await Subprocess.run(
                    .path(FilePath(path)), arguments: ["-t", "-i"],
                    input: .fileDescriptor(mail, closeAfterSpawningProcess: true), output: .discarded
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

    /// An open file without a name that has the message: a pipe would break with a program that ends before it has read it.
    private static func file(of message: String) throws -> FileDescriptor {
        var path = Array("\(NSTemporaryDirectory())/holdfast-mail.XXXXXX".utf8CString)
        let file = FileDescriptor(rawValue: mkstemp(&path))
        guard file.rawValue >= 0 else { throw UndeliveredMail(description: "no file can be made for the program") }
        unlink(path)
        do {
            try file.writeAll(message.utf8)
            try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try file.close()
            throw UndeliveredMail(description: "no file can be written for the program")
        }
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
