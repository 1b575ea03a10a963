import Accounts
import Foundation
import Subprocess
import SystemPackage

/// Gives mail to a program with sendmail's interface, as Postfix, Exim, OpenSMTPD, msmtp and nullmailer bring it. The program
/// queues it, and speaks SMTP with whomever it is set up for.
public struct Sendmail: MailTransport {
    /// How long the program may take over one mail.
    public static let timeout = Duration.seconds(30)
    /// What is wrong with the mail itself (sysexits.h): its data, its reader, the reader's host.
    private static let refusals: Set<Int32> = [65, 67, 68]

    private let path: String

    /// - Parameter path: the program's absolute path, such as `/usr/sbin/sendmail`.
    public init(path: String) { self.path = path }

    public func deliver(_ mail: OutgoingMail) async throws(UndeliveredMail) {
        let status: TerminationStatus?
        do {
            status = try await run(mail)
        } catch let error as UndeliveredMail {
            throw error
        } catch {
            throw UndeliveredMail(.unavailable, "the program can't be run")
        }
        switch status {
        case nil: throw UndeliveredMail(.unavailable, "the program took longer than \(Self.timeout)")
        case .exited(let code) where code == 0: break
        case .exited(let code) where Self.refusals.contains(code):
            throw UndeliveredMail(.refused, "the program ended with \(code)")
        case .some(let status): throw UndeliveredMail(.unavailable, "the program ended with \(status)")
        }
    }

    /// Nil: it took too long.
    private func run(_ mail: OutgoingMail) async throws -> TerminationStatus? {
        let file = try Self.file(of: mail.message)
        return try await withThrowingTaskGroup(of: TerminationStatus?.self) { group in
            group.addTask { [path] in
                // The readers are in the message (-t); a line with a lone dot does not end it (-i); what can't be delivered goes
                // back to the sender (-f).
                try await Subprocess.run(
                    .path(FilePath(path)), arguments: ["-t", "-i", "-f", mail.from.text],
                    input: .fileDescriptor(file, closeAfterSpawningProcess: true), output: .discarded
                ).terminationStatus
            }
            group.addTask {
                try await Task.sleep(for: Self.timeout)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// An open file without a name that has the message: a pipe would break with a program that ends before it has read it.
    private static func file(of message: [UInt8]) throws -> FileDescriptor {
        var path = Array("\(NSTemporaryDirectory())/holdfast-mail.XXXXXX".utf8CString)
        let file = FileDescriptor(rawValue: unsafe mkstemp(&path))
        guard file.rawValue >= 0 else { throw UndeliveredMail(.unavailable, "no file can be made for the program") }
        unsafe unlink(path)
        do {
            try file.writeAll(message)
            try file.seek(offset: 0, from: .start)
            return file
        } catch {
            try file.close()
            throw UndeliveredMail(.unavailable, "no file can be written for the program")
        }
    }
}
