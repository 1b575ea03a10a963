import Foundation

/// Writes mail into a folder, a file each: for an instance on one's own machine.
public struct MailFolder: MailTransport {
    /// Mails that the folder keeps; the oldest go first.
    public static let countMax = 1000

    private let path: String

    public init(path: String) { self.path = path }

    public func deliver(_ mail: OutgoingMail) async throws(UndeliveredMail) {
        do {
            try write(mail)
        } catch {
            throw UndeliveredMail(.unavailable, "the folder can't be written to")
        }
    }

    private func write(_ mail: OutgoingMail) throws {
        let files = FileManager.default
        try files.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let aside = "\(path)/.\(mail.id)"
        guard files.createFile(atPath: aside, contents: Data(mail.message), attributes: [.posixPermissions: 0o600])
        else {
            throw CocoaError(.fileWriteUnknown)
        }
        try files.moveItem(atPath: aside, toPath: "\(path)/\(mail.id).eml")
        let mails = try files.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".eml") }.sorted()
        for mail in mails.dropLast(Self.countMax) {
            do {
                try files.removeItem(atPath: "\(path)/\(mail)")
            } catch CocoaError.fileNoSuchFile {
                // Another delivery has deleted it first.
            }
        }
    }
}
