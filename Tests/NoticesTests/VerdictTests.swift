import Testing

@testable import MailDelivery

@Suite("What a mail server's refusal means")
struct VerdictTests {
    @Test(
        "Only replies about the reader or the message are about one mail",
        arguments: [
            ("RCPT failed: 550", 550, false, UndeliveredMail.Verdict.refused),
            ("RCPT failed: 450", 450, false, .deferred),
            ("RCPT failed: 530", 530, false, .unavailable), ("RCPT failed: 421", 421, false, .unavailable),
            ("MAIL failed: 550", 550, false, .unavailable),
            ("MAIL failed: 451", 451, false, .unavailable), ("MAIL failed: 552", 552, false, .refused),
            ("DATA failed: 554", 554, false, .refused), ("", 554, true, .refused), ("", 451, true, .deferred),
            ("Login denied", 535, false, .unavailable), ("Couldn't connect to server", 0, false, .unavailable),
            ("", 0, true, .unavailable),
        ])
    func verdict(_ step: String, _ status: Int, _ isAboutContent: Bool, _ verdict: UndeliveredMail.Verdict) {
        let failure = SMTPVerdict(status: status, saysStep: step, isAboutContent: isAboutContent, code: 55).failure
        #expect(failure.verdict == verdict)
    }
}
