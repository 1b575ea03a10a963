import Accounts
import Domain
import Foundation
import HTTPServer
import MailDelivery
import MailMessages
import Synchronization
import TestSupport
import Testing
import Threads

@testable import AccountAPI

@Suite("Mail")
struct MailTests {
    @Test("A message has the lines that mail needs, and only its own")
    func message() throws {
        let ann = try #require(EmailAddress("ann@example.org"))
        let shop = try #require(EmailAddress("shop@shop.example"))
        let mail = Mail(to: ann, subject: "Hello", text: "One\nTwo")
        let time = Timestamp(microseconds: 1_795_747_274_000_000)
        let message = String(decoding: mail.message(from: shop, id: "7", at: time).message, as: UTF8.self)
        let lines = message.components(separatedBy: "\r\n")
        #expect(lines.first == "Date: Fri, 27 Nov 2026 02:41:14 +0000")
        #expect(lines.contains("Message-ID: <7@shop.example>") && lines.contains("To: ann@example.org"))
        #expect(lines.suffix(4) == ["", "One", "Two", ""])
        #expect(MailMessage.date(Timestamp(microseconds: 0)) == "Thu, 01 Jan 1970 00:00:00 +0000")
        #expect(MailMessage.date(Timestamp(microseconds: -1)) == "Wed, 31 Dec 1969 23:59:59 +0000")
    }

    @Test("Its texts are ASCII lines that no mail server folds")
    func texts() throws {
        let ann = try #require(EmailAddress("ann@example.org"))
        let mails = AccountMails(url: "https://shop.example")
        let code = Secret256()
        for mail in [
            mails.verification(ann, code: code), mails.exists(ann), mails.reset(ann, code: code), mails.unknown(ann),
        ] {
            #expect((mail.subject + mail.text).utf8.allSatisfy { $0 == 0x0A || (0x20...0x7E).contains($0) })
            #expect(mail.text.split(separator: "\n").allSatisfy { $0.utf8.count < 200 })
        }
        #expect(mails.verification(ann, code: code).text.contains("/verify-email#code=\(code.text)\n"))
    }

    @Test("A folder takes mail, a file each, for its owner only")
    func folder() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-mail-\(UUID().uuidString)")
        let transport = MailFolder(path: folder.path)
        try await transport.deliver(mail("one", id: "1"))
        try await transport.deliver(mail("two", id: "2"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["1.eml", "2.eml"])
        #expect(try String(contentsOf: folder.appending(path: "2.eml"), encoding: .utf8) == "two")
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/1.eml")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try FileManager.default.removeItem(at: folder)
    }

    private func mail(_ text: String, id: String) throws -> OutgoingMail {
        let ann = try #require(EmailAddress("ann@example.org"))
        return OutgoingMail(from: ann, to: ann, message: Array(text.utf8), id: id)
    }

    @Test("A program takes mail on its standard input, and its failure is one")
    func program() async throws {
        try await Sendmail(path: "/bin/true").deliver(mail("x", id: "1"))
        await #expect(throws: UndeliveredMail.self) {
            try await Sendmail(path: "/bin/false").deliver(mail("x", id: "1"))
        }
        // More than a pipe holds, for programs that end before they have read it.
        let long = String(repeating: "x", count: 1 << 20)
        for _ in 0..<20 { try await Sendmail(path: "/bin/true").deliver(mail(long, id: "1")) }
    }

    @Test("A program gets the sender and the whole message, and says by its status whose fault it is")
    func arguments() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "holdfast-sendmail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let program = folder.appending(path: "program").path
        func write(status: Int) throws {
            let script = """
                #!/bin/sh
                cd '\(folder.path)'
                printf '%s ' "$@" >arguments
                cat >message
                exit \(status)

                """
            try Data(script.utf8).write(to: URL(filePath: program))
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: program)
        }
        func said(_ name: String) throws -> String {
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }
        let message = "To: ann@example.org\r\n\r\none\r\n.\r\ntwo\r\n"
        let sent = try mail(message, id: "1")
        try write(status: 0)
        try await Sendmail(path: program).deliver(sent)
        #expect(try said("arguments") == "-t -i -f ann@example.org ")
        #expect(try said("message") == message)
        for (status, verdict) in [
            (65, UndeliveredMail.Verdict.refused), (67, .refused), (68, .refused), (69, .unavailable),
            (75, .unavailable),
        ] {
            try write(status: status)
            do throws(UndeliveredMail) {
                try await Sendmail(path: program).deliver(sent)
                Issue.record("\(status) is taken for success")
            } catch {
                #expect(error.verdict == verdict, "\(status)")
            }
        }
    }
}

@Suite("Hashing")
struct HashingTests {
    @Test("A password matches its own hash alone, and nothing matches none")
    func check() async throws {
        let hasher = PasswordHasher(cost: try #require(ScryptCost(logN: 4)))
        let password = try #require(Password(attempt: "k7#pQz!w"))
        let hash = try await hasher.hash(password)
        #expect(try await hasher.check(password, against: hash))
        #expect(try await !hasher.check(Password(attempt: "k7#pQz!x"), against: hash))
        #expect(try await !hasher.check(password, against: nil))
        #expect(try await !hasher.check(nil, against: hash))
        #expect(try await hasher.hash(password) != hash)
    }

    @Test("A line of waiting work is bounded, and what was let in is done")
    func line() async throws {
        let line = BlockingLine(threadCount: 1, waitingMax: 2, name: "test")
        let gate = Gate()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { await line.run { gate.pass() } != nil }
            try await eventually("the first is worked on") { gate.came == 1 }
            for _ in 0..<19 { group.addTask { await line.run { gate.pass() } != nil } }
            // Two wait: the others are refused at once.
            for _ in 0..<17 { #expect(try await group.next() == false) }
            gate.open()
            for _ in 0..<3 { #expect(try await group.next() == true) }
        }
        #expect(gate.came == 3)
    }
}

/// Holds up who comes until it is opened.
private final class Gate: Sendable {
    private let state = Mutex((isOpen: false, came: 0))

    var came: Int { state.withLock { $0.came } }

    func open() { state.withLock { $0.isOpen = true } }

    func pass() {
        state.withLock { $0.came += 1 }
        while !state.withLock({ $0.isOpen }) { usleep(1000) }
    }
}
